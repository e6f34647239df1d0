/*
 * What it costs to send packets out of a circular buffer through AF_XDP, in the ways that there are:
 *
 *   frame   each is copied out of its record into a frame of the memory shared with the kernel (UMEM), as xdp: ports do
 *   record  the buffer is the UMEM, in unaligned chunks, and each is sent from where it lies; its room is free again when the
 *           kernel has given it and all before it back
 *   wide    the same with a record of 4096 bytes for each packet: what is received straight into the buffer needs a place of a
 *           frame's size, as its length is not known before
 *
 *   cc -O2 -o xdp_records native/xdp_records.c
 *   ip link add va type veth peer name vb; ip link set va up; ip link set vb up
 *   xdp_records frame|record|wide LENGTH PACKETS UNDER_WAY va
 *
 * One thread writes records, as an input stage does, and sends those UNDER_WAY packets behind. Prints CPU and wall time a
 * packet, ns, with what the kernel does up to the other end of the veth pair, which drops all; how many came back out of order;
 * and how long the kernel took to take the memory, us.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ENTRIES = 2048, FRAME = 4096, HEADER = 48, LINE = 64, LEAST = 128, BATCH = 64, NUMBER = 24, LONGEST = 3840, TRIES = 100 };

struct ring {
    uint32_t *produced, *consumed;
    void *entries;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static unsigned char *memory(size_t bytes) {
    void *got = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (got == MAP_FAILED) {
        fail("mmap");
    }
    return got;
}

static struct ring ring(int fd, const struct xdp_ring_offset *at, size_t each, off_t place) {
    unsigned char *got =
        mmap(NULL, at->desc + ENTRIES * each, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, place);
    if (got == MAP_FAILED) {
        fail("mmap of a ring");
    }
    return (struct ring){(uint32_t *)(got + at->producer), (uint32_t *)(got + at->consumer), got + at->desc};
}

static void option(int fd, int name, const void *value, socklen_t bytes, const char *what) {
    if (setsockopt(fd, SOL_XDP, name, value, bytes) < 0) {
        fail(what);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: xdp_records frame|record|wide LENGTH PACKETS UNDER_WAY INTERFACE\n");
        return 2;
    }
    int copies = strcmp(argv[1], "frame") == 0;
    uint32_t length = strtoul(argv[2], NULL, 10);
    uint64_t packets = strtoull(argv[3], NULL, 10), under_way = strtoull(argv[4], NULL, 10);
    unsigned index = if_nametoindex(argv[5]);
    if (length < LINE - 4 || length > LONGEST || packets == 0 || index == 0) {
        fprintf(stderr, "xdp_records: a length from 60 to %d, some packets and an interface\n", LONGEST);
        return 2;
    }
    size_t stride = (HEADER + length + LINE - 1) & -LINE;
    stride = strcmp(argv[1], "wide") == 0 ? FRAME : stride < LEAST ? LEAST : stride;
    uint64_t records = under_way + 2 * ENTRIES;
    size_t bytes = (records * stride + FRAME - 1) & -(size_t)FRAME;
    unsigned char *buffer = memory(bytes), *frames = memory(ENTRIES * FRAME);

    int fd = socket(AF_XDP, SOCK_RAW, 0);
    if (fd < 0) {
        fail("socket");
    }
    struct xdp_umem_reg shared = {.addr = (uintptr_t)(copies ? frames : buffer),
                                  .len = copies ? ENTRIES * FRAME : bytes,
                                  .chunk_size = FRAME,
                                  .flags = copies ? 0 : XDP_UMEM_UNALIGNED_CHUNK_FLAG};
    uint64_t before = now(CLOCK_MONOTONIC);
    option(fd, XDP_UMEM_REG, &shared, sizeof shared, "XDP_UMEM_REG");
    uint64_t taking = now(CLOCK_MONOTONIC) - before;
    int entries = ENTRIES, allowed = 16 << 20;
    option(fd, XDP_UMEM_FILL_RING, &entries, sizeof entries, "XDP_UMEM_FILL_RING");
    option(fd, XDP_UMEM_COMPLETION_RING, &entries, sizeof entries, "XDP_UMEM_COMPLETION_RING");
    option(fd, XDP_TX_RING, &entries, sizeof entries, "XDP_TX_RING");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &allowed, sizeof allowed);
    struct xdp_mmap_offsets at;
    socklen_t size = sizeof at;
    if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size) < 0) {
        fail("XDP_MMAP_OFFSETS");
    }
    struct ring out = ring(fd, &at.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
    struct ring back = ring(fd, &at.cr, sizeof(uint64_t), XDP_UMEM_PGOFF_COMPLETION_RING);
    struct sockaddr_xdp address = {
        .sxdp_family = AF_XDP, .sxdp_ifindex = index, .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP};
    // A queue is free a little after its last user has gone.
    for (int tries = 0; bind(fd, (struct sockaddr *)&address, sizeof address) < 0; tries++) {
        if (errno != EBUSY || tries == TRIES) {
            fail("bind");
        }
        usleep(10000);
    }

    static unsigned char packet[LONGEST];
    for (int i = 0; i < LONGEST; i++) {
        packet[i] = i;
    }
    packet[0] = 2; // to nobody
    static uint64_t free_frames[ENTRIES];
    uint32_t frees = 0, produced = 0, taken = 0;
    for (uint64_t frame = 0; frame < ENTRIES; frame++) {
        free_frames[frees++] = frame * FRAME;
    }
    unsigned char *done = calloc(records, 1);
    uint64_t written = 0, sent = 0, returned = 0, freed = 0, disordered = 0;
    uint64_t first = 0, end = UINT64_MAX, cpu = 0, wall = 0;
    while (sent < end) {
        if (end == UINT64_MAX && sent >= records) { // by now all of the memory has been used
            first = sent;
            end = sent + packets;
            cpu = now(CLOCK_PROCESS_CPUTIME_ID);
            wall = now(CLOCK_MONOTONIC);
        }
        for (int i = 0; i < BATCH && written - freed < records && written - sent < under_way + 2 * BATCH; i++) {
            unsigned char *record = buffer + written % records * stride;
            *(uint64_t *)record = stride | (uint64_t)length << 32;
            *(uint64_t *)(record + NUMBER) = written++;
            memcpy(record + HEADER, packet, length);
        }
        uint32_t given = __atomic_load_n(back.produced, __ATOMIC_ACQUIRE);
        for (; taken != given; taken++, returned++) {
            uint64_t place = ((uint64_t *)back.entries)[taken & (ENTRIES - 1)];
            if (copies) {
                free_frames[frees++] = place;
                continue;
            }
            disordered += place / stride != freed % records;
            done[place / stride] = 1;
            for (; freed < sent && done[freed % records]; freed++) {
                done[freed % records] = 0;
            }
        }
        __atomic_store_n(back.consumed, taken, __ATOMIC_RELEASE);
        uint32_t room = ENTRIES - (produced - __atomic_load_n(out.consumed, __ATOMIC_ACQUIRE));
        uint64_t due = written > under_way ? written - under_way : 0;
        for (int i = 0; i < BATCH && room > 0 && sent < due && sent - returned < ENTRIES; i++, room--, sent++) {
            unsigned char *record = buffer + sent % records * stride;
            struct xdp_desc *entry = (struct xdp_desc *)out.entries + (produced++ & (ENTRIES - 1));
            entry->len = *(uint64_t *)record >> 32;
            entry->options = 0;
            entry->addr = copies ? free_frames[--frees] : (uint64_t)(record + HEADER - buffer);
            if (copies) {
                memcpy(frames + entry->addr, record + HEADER, entry->len);
            }
        }
        freed = copies ? sent : freed;
        __atomic_store_n(out.produced, produced, __ATOMIC_RELEASE);
        while (__atomic_load_n(out.consumed, __ATOMIC_ACQUIRE) != produced) {
            if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN) {
                if (errno == ENOBUFS || errno == EBUSY) {
                    break; // later
                }
                fail("sendto");
            }
        }
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    printf("%s %u %.1f ns of CPU, %.1f ns; %llu out of order; memory taken in %.0f us\n", argv[1], length,
           (double)cpu / (sent - first), (double)wall / (sent - first), (unsigned long long)disordered, taking / 1e3);
    return 0;
}
