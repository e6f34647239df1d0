/*
 * What moving packets' bytes costs in C: for each direction one thread copies packets from slots into a circular
 * buffer, another copies them out into slots, and each tells the other its position once a batch. The same as
 * io.tlem.bench.CopyFloor, with memcpy.
 *
 *   memcpy_floor LENGTHS BUFFER_BYTES LAG_BYTES SLOT_BYTES BATCH SETTLE_SECONDS SECONDS CPU_IN CPU_OUT [CPU_IN CPU_OUT]
 *
 * LENGTHS is a list such as 60,590,1514; copying out stays LAG_BYTES behind copying in; CPU -1 pins nothing. Prints the packets copied out in all directions, the time
 * that took and the CPU time of all threads, ns, after checking what was copied.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { SLOTS = 1024, LINE = 64, HEADER = 48, HUGE_PAGE = 2 << 20, PATIENCE = 1 << 12 };

struct direction {
    char pad0[128];
    _Atomic uint64_t written;
    char pad1[128];
    _Atomic uint64_t read;
    _Atomic uint64_t packets;
    char pad2[128];
    unsigned char *from, *to, *buffer;
    pthread_t in, out;
    int cpu_in, cpu_out;
};

static struct direction directions[2];
static uint32_t length[SLOTS];
static uint64_t capacity;
static uint64_t lag;
static size_t slot_bytes;
static int batch;
static atomic_int stop;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        fail("clock_gettime");
    }
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Huge pages, else transparent ones where there are some; every page present. */
static unsigned char *map(size_t bytes) {
    size_t size = (bytes + HUGE_PAGE - 1) & ~((size_t)HUGE_PAGE - 1);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        memory = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (memory == MAP_FAILED) {
            fail("mmap");
        }
        memory = (void *)(((uintptr_t)memory + HUGE_PAGE - 1) & ~((uintptr_t)HUGE_PAGE - 1));
        madvise(memory, size, MADV_HUGEPAGE);
        memset(memory, 0, size);
    }
    return memory;
}

static void pin(int cpu) {
    cpu_set_t set;
    if (cpu < 0) {
        return;
    }
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
        fail("pthread_setaffinity_np");
    }
}

/* As far apart as the emulator's records (PacketRecord.strideOf): HEADER bytes before each packet, whole lines. */
static uint32_t stride_of(uint32_t bytes) {
    return (bytes + HEADER + LINE - 1) & -(uint32_t)LINE;
}

/* Spins a little, then lets another thread run: there may be fewer CPUs than threads. */
static void wait_a_little(unsigned *idle) {
    if (++*idle % PATIENCE == 0) {
        sched_yield();
    } else {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

static void *copy_in(void *argument) {
    struct direction *d = argument;
    uint64_t position = 0, offset = 0, read = 0;
    unsigned slot = 0, idle = 0;
    pin(d->cpu_in);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        int moved = 0;
        for (; moved < batch; moved++) {
            uint32_t bytes = length[slot] < LINE ? LINE : length[slot];
            uint32_t stride = stride_of(bytes);
            if (offset + stride > capacity) {
                position += capacity - offset;
                offset = 0;
            }
            if (position + stride - read > capacity) {
                read = atomic_load_explicit(&d->read, memory_order_acquire);
                if (position + stride - read > capacity) {
                    break;
                }
            }
            memcpy(d->buffer + offset, d->from + slot * slot_bytes, bytes);
            position += stride;
            offset += stride;
            slot = (slot + 1) % SLOTS;
        }
        if (moved > 0) {
            atomic_store_explicit(&d->written, position, memory_order_release);
        } else {
            wait_a_little(&idle);
        }
    }
    return NULL;
}

static void *copy_out(void *argument) {
    struct direction *d = argument;
    uint64_t position = 0, offset = 0, written = 0, packets = 0;
    unsigned slot = 0, idle = 0;
    pin(d->cpu_out);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        int moved = 0;
        for (; moved < batch; moved++) {
            uint32_t bytes = length[slot] < LINE ? LINE : length[slot];
            uint32_t stride = stride_of(bytes);
            if (offset + stride > capacity) {
                position += capacity - offset;
                offset = 0;
            }
            if (position + lag >= written) {
                written = atomic_load_explicit(&d->written, memory_order_acquire);
                if (position + lag >= written) {
                    break;
                }
            }
            memcpy(d->to + slot * slot_bytes, d->buffer + offset, bytes);
            position += stride;
            offset += stride;
            slot = (slot + 1) % SLOTS;
        }
        if (moved > 0) {
            atomic_store_explicit(&d->read, position, memory_order_release);
            packets += (uint64_t)moved;
            atomic_store_explicit(&d->packets, packets, memory_order_relaxed);
        } else {
            wait_a_little(&idle);
        }
    }
    return NULL;
}

static void start(struct direction *d) {
    d->from = map(SLOTS * slot_bytes);
    d->to = map(SLOTS * slot_bytes);
    d->buffer = map(capacity);
    for (size_t i = 0; i < SLOTS * slot_bytes; i++) {
        d->from[i] = (unsigned char)(i * 2654435761u >> 13);
    }
    if (pthread_create(&d->out, NULL, copy_out, d) != 0 || pthread_create(&d->in, NULL, copy_in, d) != 0) {
        fail("pthread_create");
    }
}

static uint64_t thread_time(pthread_t thread) {
    clockid_t clock;
    if (pthread_getcpuclockid(thread, &clock) != 0) {
        fail("pthread_getcpuclockid");
    }
    return now(clock);
}

/* Packets copied out and CPU time used by all threads so far. */
static void totals(int count, uint64_t *packets, uint64_t *cpu) {
    *packets = 0;
    *cpu = 0;
    for (int i = 0; i < count; i++) {
        *packets += atomic_load(&directions[i].packets);
        *cpu += thread_time(directions[i].in) + thread_time(directions[i].out);
    }
}

static void pause_for(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static void check(const struct direction *d) {
    if (atomic_load(&d->packets) < SLOTS) {
        return;
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (memcmp(d->from + i * slot_bytes, d->to + i * slot_bytes, length[i]) != 0) {
            fprintf(stderr, "memcpy_floor: slot %u has not been copied\n", i);
            exit(1);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 10 && argc != 12) {
        fprintf(stderr,
                "usage: memcpy_floor LENGTHS BUFFER_BYTES LAG_BYTES SLOT_BYTES BATCH SETTLE SECONDS CPU CPU [CPU CPU]\n");
        return 2;
    }
    uint32_t pattern[64];
    unsigned period = 0;
    for (char *word = strtok(argv[1], ","); word != NULL && period < 64; word = strtok(NULL, ",")) {
        pattern[period++] = (uint32_t)strtoul(word, NULL, 10);
    }
    capacity = strtoull(argv[2], NULL, 10);
    lag = strtoull(argv[3], NULL, 10);
    slot_bytes = strtoull(argv[4], NULL, 10);
    batch = atoi(argv[5]);
    for (unsigned i = 0; i < SLOTS; i++) {
        length[i] = pattern[i % period];
    }
    int count = (argc - 8) / 2;
    for (int i = 0; i < count; i++) {
        directions[i].cpu_in = atoi(argv[8 + 2 * i]);
        directions[i].cpu_out = atoi(argv[9 + 2 * i]);
        start(&directions[i]);
    }
    uint64_t packets_before, cpu_before, packets, cpu;
    pause_for(atof(argv[6]));
    totals(count, &packets_before, &cpu_before);
    uint64_t begin = now(CLOCK_MONOTONIC);
    pause_for(atof(argv[7]));
    totals(count, &packets, &cpu);
    uint64_t end = now(CLOCK_MONOTONIC);
    atomic_store(&stop, 1);
    for (int i = 0; i < count; i++) {
        pthread_join(directions[i].in, NULL);
        pthread_join(directions[i].out, NULL);
        check(&directions[i]);
    }
    printf("%llu %llu %llu\n", (unsigned long long)(packets - packets_before), (unsigned long long)(end - begin),
           (unsigned long long)(cpu - cpu_before));
    return 0;
}
