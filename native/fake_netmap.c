/*
 * A netmap without a kernel module, for tests: a shared library with the calls that netmap is used through. Opening
 * /dev/netmap gives a port that lives in memory of this process; every other file is passed on to the system.
 *
 *   cc -shared -fPIC -O1 -Inative/include -o fake_netmap.so native/fake_netmap.c
 *
 * A port is a loopback: what a NIC ring transmits comes back in the NIC receive ring whose number is the packet's first
 * byte, modulo their count, and what the host's ring transmits in the host's. It waits in the transmit ring while the
 * receive ring is full. A port whose name begins with "null" takes everything and gives nothing back.
 *
 * Tests make it fail, lie and misbehave with the functions at the end. What it believes itself it keeps outside the
 * shared memory, so that tests may write anything there. FAKE_NETMAP_FAIL=call,errno,after,times in the environment is
 * fake_netmap_fail() for programs that cannot call it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/netmap.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_PORTS = 8, MAX_NIC_RINGS = 16, MAX_RINGS = MAX_NIC_RINGS + 1, FIRST_BUFFER = 2, IF_AT = 4096, REGION = 7 };
enum { DEFAULT_SLOTS = 256, DEFAULT_BUFFER_BYTES = 2048, EXTRA_BUFFERS = 64 };

/* Sets a member that is const in the ABI, as a provider must. */
#define PUT(member, value) \
    do { \
        __typeof__(member) put = (value); \
        memcpy((void *)(uintptr_t)&(member), &put, sizeof put); \
    } while (0)

struct ring {
    struct netmap_ring *shared;
    uint32_t head;       /* as the last sync took it */
    uint32_t tail;       /* first slot that is ours */
    uint32_t shown_tail; /* receive rings: what the last sync has shown of it */
    int inside;          /* transmit rings: the next slot goes on with a packet ... */
    struct ring *to;     /* ... which goes to this ring */
    uint32_t *known;     /* buffer of each slot, as a sync has seen it last */
};

struct port {
    int used;
    int opened;
    int fd; /* of the memory, -1 before there is any */
    int discard;
    char *memory;
    size_t bytes;
    char *buffers;
    uint32_t buffer_count, buffer_bytes, nic_rings, slots, extra;
    struct ring tx[MAX_RINGS], rx[MAX_RINGS]; /* the NIC's, then the host's */
};

struct fault {
    const char *call;
    long calls, after, times; /* times < 0: always */
    int error;
};

static struct fault faults[] = {{.call = "open"}, {.call = "NIOCCTRL"}, {.call = "NIOCREGIF"}, {.call = "mmap"},
    {.call = "munmap"}, {.call = "NIOCTXSYNC"}, {.call = "NIOCRXSYNC"}, {.call = "poll"}, {.call = "close"}};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct port ports[MAX_PORTS];
static struct port *latest;
static void (*after_sync)(void);
static struct { int on; uint64_t value; } lie_memsize, lie_offset;

/* The last requests, and poll events to be reported besides the true ones; tests read and write them. */
struct nmreq_header fake_netmap_header;
struct nmreq_register fake_netmap_register;
struct nmreq fake_netmap_legacy;
int fake_netmap_poll_also;

/* Slots that had another buffer than before and did not say so with NS_BUF_CHANGED. */
int fake_netmap_unannounced;

/* Of the port closed last: buffers that were then in no slot and not in the list of extra ones, or twice. */
int fake_netmap_astray;

static struct fault *fault(const char *call) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(faults[i].call, call) == 0)
            return &faults[i];
    fprintf(stderr, "fake_netmap: no call %s\n", call);
    abort();
}

/* Counts a call; true with errno set when it is to fail. */
static int fails(const char *call) {
    struct fault *f = fault(call);
    f->calls++;
    if (f->error == 0 || f->calls <= f->after || f->times == 0)
        return 0;
    if (f->times > 0)
        f->times--;
    errno = f->error;
    return 1;
}

static struct port *find(int fd) {
    for (int i = 0; i < MAX_PORTS && fd >= 0; i++)
        if (ports[i].opened && ports[i].fd == fd)
            return &ports[i];
    return NULL;
}

static void forget(struct port *port) {
    for (int i = 0; i < MAX_RINGS; i++) {
        free(port->tx[i].known);
        free(port->rx[i].known);
    }
    if (port->memory != NULL)
        syscall(SYS_munmap, port->memory, port->bytes);
    if (port->fd >= 0)
        syscall(SYS_close, port->fd);
    memset(port, 0, sizeof *port);
}

static struct port *new_port(void) {
    for (int i = 0; i < MAX_PORTS; i++) {
        if (!ports[i].used) {
            ports[i].used = 1;
            ports[i].fd = memfd_create("fake-netmap", MFD_CLOEXEC);
            return ports[i].fd < 0 ? forget(&ports[i]), NULL : &ports[i];
        }
    }
    errno = EMFILE;
    return NULL;
}

static size_t round_up(size_t bytes, size_t multiple) {
    return (bytes + multiple - 1) / multiple * multiple;
}

static void lay_out_ring(struct port *port, struct ring *ring, char *at, int number, int receive, uint32_t *buffer) {
    struct netmap_ring *shared = (struct netmap_ring *)(void *)at;
    PUT(shared->buf_ofs, port->buffers - at);
    PUT(shared->num_slots, port->slots);
    PUT(shared->nr_buf_size, port->buffer_bytes);
    PUT(shared->ringid, (uint16_t)number);
    PUT(shared->dir, (uint16_t)!receive);
    ring->known = calloc(port->slots, sizeof *ring->known);
    for (uint32_t i = 0; i < port->slots; i++)
        ring->known[i] = shared->slot[i].buf_idx = (*buffer)++;
    ring->shared = shared;
    ring->tail = ring->shown_tail = shared->tail = receive ? 0 : port->slots - 1;
}

/* netmap_if | tx rings | rx rings | buffers of the slots, then extra ones */
static int lay_out(struct port *port, uint32_t nic_rings, uint32_t slots, uint32_t buffer_bytes) {
    if (nic_rings > MAX_NIC_RINGS || slots < 2 || slots > 65536) {
        errno = EINVAL;
        return -1;
    }
    uint32_t rings = nic_rings + 1; /* of each direction */
    size_t ring_bytes = round_up(sizeof(struct netmap_ring) + slots * sizeof(struct netmap_slot), 128);
    size_t rings_at = IF_AT + round_up(sizeof(struct netmap_if) + 2 * rings * sizeof(ssize_t), 128);
    size_t buffers_at = round_up(rings_at + 2 * rings * ring_bytes, 4096);
    port->nic_rings = nic_rings;
    port->slots = slots;
    port->buffer_bytes = buffer_bytes;
    port->buffer_count = FIRST_BUFFER + 2 * rings * slots + EXTRA_BUFFERS;
    port->bytes = round_up(buffers_at + (size_t)port->buffer_count * buffer_bytes, 4096);
    if (ftruncate(port->fd, (off_t)port->bytes) < 0)
        return -1;
    char *memory = (char *)syscall(SYS_mmap, NULL, port->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd, 0L);
    if (memory == MAP_FAILED)
        return -1;
    port->memory = memory;
    port->buffers = memory + buffers_at;
    struct netmap_if *interface = (struct netmap_if *)(void *)(memory + IF_AT);
    PUT(interface->ni_version, NETMAP_API);
    PUT(interface->ni_tx_rings, nic_rings);
    PUT(interface->ni_rx_rings, nic_rings);
    PUT(interface->ni_host_tx_rings, 1);
    PUT(interface->ni_host_rx_rings, 1);
    uint32_t buffer = FIRST_BUFFER;
    for (uint32_t i = 0; i < 2 * rings; i++) {
        size_t at = rings_at + i * ring_bytes;
        PUT(interface->ring_ofs[i], (ssize_t)(at - IF_AT));
        int receive = i >= rings;
        uint32_t number = receive ? i - rings : i;
        struct ring *ring = receive ? &port->rx[number] : &port->tx[number];
        lay_out_ring(port, ring, memory + at, (int)number, receive, &buffer);
    }
    latest = port;
    return 0;
}

static uint32_t distance(const struct port *port, uint32_t from, uint32_t to) {
    return to >= from ? to - from : to + port->slots - from;
}

static uint32_t next(const struct port *port, uint32_t slot) {
    return slot + 1 == port->slots ? 0 : slot + 1;
}

static char *buffer(const struct port *port, const struct netmap_slot *slot) {
    uint32_t index = slot->buf_idx;
    return index < FIRST_BUFFER || index >= port->buffer_count ? NULL
                                                               : port->buffers + (size_t)index * port->buffer_bytes;
}

static void look_at_buffer(struct ring *ring, uint32_t index) {
    const struct netmap_slot *slot = &ring->shared->slot[index];
    fake_netmap_unannounced += slot->buf_idx != ring->known[index] && !(slot->flags & NS_BUF_CHANGED);
    ring->known[index] = slot->buf_idx;
}

/* Moves the slot at the ring's head, if there is room for it. Returns 1, 0 or an error number negated. */
static int forward(struct port *port, struct ring *from, int host) {
    look_at_buffer(from, from->head);
    struct netmap_slot slot = from->shared->slot[from->head];
    const char *data = buffer(port, &slot);
    if (data == NULL || slot.len > port->buffer_bytes)
        return -EINVAL;
    if (!port->discard) {
        if (!from->inside)
            from->to = &port->rx[host ? port->nic_rings : (uint8_t)*data % port->nic_rings];
        struct ring *to = from->to;
        if (next(port, to->tail) == to->head)
            return 0;
        struct netmap_slot *free_slot = &to->shared->slot[to->tail];
        struct netmap_slot copy = *free_slot;
        char *room = buffer(port, &copy);
        if (room == NULL)
            return -EINVAL;
        memcpy(room, data, slot.len);
        free_slot->len = slot.len;
        free_slot->flags = slot.flags & NS_MOREFRAG;
        to->tail = next(port, to->tail);
        from->inside = (slot.flags & NS_MOREFRAG) != 0;
    }
    from->head = next(port, from->head);
    return 1;
}

static int sync_tx(struct port *port) {
    int error = 0;
    for (uint32_t i = 0; i <= port->nic_rings && error == 0; i++) {
        struct ring *ring = &port->tx[i];
        uint32_t head = ring->shared->head;
        if (head >= port->slots || distance(port, ring->head, head) > distance(port, ring->head, ring->tail))
            return EINVAL;
        int moved = 1;
        while (ring->head != head && (moved = forward(port, ring, i == port->nic_rings)) > 0)
            ;
        error = moved < 0 ? -moved : 0;
        ring->tail = ring->head == 0 ? port->slots - 1 : ring->head - 1;
        ring->shared->tail = ring->tail;
    }
    return error;
}

static int sync_rx(struct port *port) {
    for (uint32_t i = 0; i <= port->nic_rings; i++) {
        struct ring *ring = &port->rx[i];
        uint32_t head = ring->shared->head;
        if (head >= port->slots || distance(port, ring->head, head) > distance(port, ring->head, ring->shown_tail))
            return EINVAL;
        for (; ring->head != head; ring->head = next(port, ring->head))
            look_at_buffer(ring, ring->head);
        ring->shown_tail = ring->tail;
        ring->shared->tail = ring->tail;
    }
    return 0;
}

/* Returns 0 or an error number. The wishes of 0 are the provider's to choose. */
static int bind_port(struct port *port, const char *name, uint32_t rings, uint32_t slots) {
    if (port->memory == NULL
        && lay_out(port, rings == 0 ? 1 : rings, slots == 0 ? DEFAULT_SLOTS : slots, DEFAULT_BUFFER_BYTES) < 0)
        return errno;
    port->discard = strncmp(name, "null", 4) == 0;
    return 0;
}

static uint32_t *link_of(const struct port *port, uint32_t index) {
    return (uint32_t *)(void *)(port->buffers + (size_t)index * port->buffer_bytes);
}

/* As the kernel does, in a list: the first word of each says which is the next. */
static uint32_t give_extra(struct port *port, uint32_t wanted) {
    struct netmap_if *interface = (struct netmap_if *)(void *)(port->memory + IF_AT);
    uint32_t given = wanted < EXTRA_BUFFERS ? wanted : EXTRA_BUFFERS;
    interface->ni_bufs_head = 0;
    for (uint32_t i = 0; i < given; i++) {
        uint32_t index = port->buffer_count - EXTRA_BUFFERS + i;
        *link_of(port, index) = interface->ni_bufs_head;
        interface->ni_bufs_head = index;
    }
    port->extra = given;
    return given;
}

/* How many of the buffers that the port was given it has not brought back once. */
static int astray(const struct port *port) {
    if (port->memory == NULL)
        return 0;
    const struct netmap_if *interface = (const struct netmap_if *)(void *)(port->memory + IF_AT);
    uint32_t given = port->buffer_count - EXTRA_BUFFERS + port->extra;
    uint8_t *seen = calloc(port->buffer_count, 1);
    int wrong = 0;
    for (uint32_t i = 0; i <= port->nic_rings; i++) {
        for (uint32_t j = 0; j < port->slots; j++) {
            seen[port->tx[i].shared->slot[j].buf_idx % port->buffer_count]++;
            seen[port->rx[i].shared->slot[j].buf_idx % port->buffer_count]++;
        }
    }
    uint32_t index = interface->ni_bufs_head;
    for (uint32_t i = 0; index >= FIRST_BUFFER && index < port->buffer_count && i < port->buffer_count; i++) {
        seen[index]++;
        index = *link_of(port, index);
    }
    for (uint32_t i = FIRST_BUFFER; i < port->buffer_count; i++)
        wrong += seen[i] != (i < given);
    free(seen);
    return wrong;
}

static uint64_t offset(void) {
    return lie_offset.on ? lie_offset.value : IF_AT;
}

static uint64_t memsize(const struct port *port) {
    return lie_memsize.on ? lie_memsize.value : port->bytes;
}

static int control(struct port *port, struct nmreq_header *header) {
    struct nmreq_register *request = (struct nmreq_register *)(uintptr_t)header->nr_body;
    fake_netmap_header = *header;
    if (header->nr_version < NETMAP_MIN_API || header->nr_reqtype != NETMAP_REQ_REGISTER)
        return EINVAL;
    fake_netmap_register = *request;
    int error = bind_port(port, header->nr_name, request->nr_rx_rings, request->nr_rx_slots);
    if (error == 0) {
        request->nr_offset = offset();
        request->nr_memsize = memsize(port);
        request->nr_tx_slots = request->nr_rx_slots = port->slots;
        request->nr_tx_rings = request->nr_rx_rings = (uint16_t)port->nic_rings;
        request->nr_host_tx_rings = request->nr_host_rx_rings = 1;
        request->nr_mem_id = REGION;
        request->nr_extra_bufs = give_extra(port, request->nr_extra_bufs);
    }
    return error;
}

static int legacy_register(struct port *port, struct nmreq *request) {
    fake_netmap_legacy = *request;
    int error = bind_port(port, request->nr_name, request->nr_rx_rings, request->nr_rx_slots);
    if (error == 0) {
        request->nr_offset = (uint32_t)offset();
        request->nr_memsize = (uint32_t)memsize(port);
        request->nr_tx_slots = request->nr_rx_slots = port->slots;
        request->nr_tx_rings = request->nr_rx_rings = (uint16_t)port->nic_rings;
        request->nr_arg2 = REGION;
        request->nr_arg3 = give_extra(port, request->nr_arg3);
    }
    return error;
}

static int answer(int error) {
    errno = error;
    return error == 0 ? 0 : -1;
}

/* The calls */

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (strcmp(path, NETMAP_DEVICE_NAME) != 0)
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    pthread_mutex_lock(&lock);
    int result = -1;
    if (!fails("open")) {
        struct port *port = latest != NULL && !latest->opened ? latest : new_port();
        if (port != NULL) {
            port->opened = 1;
            result = port->fd;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    pthread_mutex_lock(&lock);
    struct port *port = find(fd);
    int result = -1;
    int synced = 0;
    if (port == NULL) {
        result = (int)syscall(SYS_ioctl, fd, request, argument);
    } else if (request == NIOCCTRL) {
        result = fails("NIOCCTRL") ? -1 : answer(control(port, argument));
    } else if (request == NIOCREGIF) {
        result = fails("NIOCREGIF") ? -1 : answer(legacy_register(port, argument));
    } else if (port->memory == NULL) {
        errno = ENXIO;
    } else if (request == NIOCTXSYNC) {
        result = fails("NIOCTXSYNC") ? -1 : answer(sync_tx(port));
        synced = 1;
    } else if (request == NIOCRXSYNC) {
        result = fails("NIOCRXSYNC") ? -1 : answer(sync_rx(port));
        synced = 1;
    } else {
        errno = ENOTTY;
    }
    void (*hook)(void) = synced ? after_sync : NULL;
    pthread_mutex_unlock(&lock);
    if (hook != NULL) {
        int error = errno;
        hook();
        errno = error;
    }
    return result;
}

void *mmap(void *place, size_t length, int protection, int flags, int fd, off_t at) {
    pthread_mutex_lock(&lock);
    int failed = find(fd) != NULL && fails("mmap");
    pthread_mutex_unlock(&lock);
    return failed ? MAP_FAILED : (void *)syscall(SYS_mmap, place, length, protection, flags, fd, at);
}

int munmap(void *place, size_t length) {
    pthread_mutex_lock(&lock);
    int failed = fails("munmap");
    pthread_mutex_unlock(&lock);
    return failed ? -1 : (int)syscall(SYS_munmap, place, length);
}

int poll(struct pollfd *files, nfds_t count, int timeout) {
    pthread_mutex_lock(&lock);
    struct port *port = count == 1 ? find(files->fd) : NULL;
    int result = -1;
    if (port != NULL && !fails("poll")) {
        int ready = fake_netmap_poll_also;
        for (uint32_t i = 0; i <= port->nic_rings && port->memory != NULL; i++) {
            ready |= port->rx[i].head != port->rx[i].tail ? files->events & POLLIN : 0;
            ready |= port->tx[i].head != port->tx[i].tail ? files->events & POLLOUT : 0;
        }
        files->revents = (short)ready;
        result = ready != 0;
    }
    pthread_mutex_unlock(&lock);
    if (port == NULL) {
        struct timespec wait = {timeout / 1000, timeout % 1000 * 1000000L};
        return ppoll(files, count, timeout < 0 ? NULL : &wait, NULL);
    }
    return result;
}

/* As Linux does, closes the file also when it reports an error. */
int close(int fd) {
    pthread_mutex_lock(&lock);
    struct port *port = find(fd);
    int result = 0;
    if (port == NULL) {
        result = (int)syscall(SYS_close, fd);
    } else {
        if (latest == port)
            latest = NULL;
        fake_netmap_astray = astray(port);
        forget(port);
        result = fails("close") ? -1 : 0;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

/* For tests */

/* A call ("open", "NIOCCTRL", ...) fails with this error number after so many calls, so many times, -1 for ever. */
void fake_netmap_fail(const char *call, int error, long after, long times) {
    pthread_mutex_lock(&lock);
    struct fault *f = fault(call);
    f->error = error;
    f->after = f->calls + after;
    f->times = times;
    pthread_mutex_unlock(&lock);
}

/* How often a call was made, failed ones included. */
long fake_netmap_calls(const char *call) {
    pthread_mutex_lock(&lock);
    long calls = fault(call)->calls;
    pthread_mutex_unlock(&lock);
    return calls;
}

/* Lays out the port that is opened next, whatever its registration will wish for. Returns 0 or -1. */
int fake_netmap_prepare(uint32_t nic_rings, uint32_t slots, uint32_t buffer_bytes) {
    pthread_mutex_lock(&lock);
    struct port *port = new_port();
    int result = port == NULL ? -1 : lay_out(port, nic_rings, slots, buffer_bytes);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Memory of the port last laid out, until that is closed, and its length. */
void *fake_netmap_memory(void) {
    return latest == NULL ? NULL : latest->memory;
}

uint64_t fake_netmap_bytes(void) {
    return latest == NULL ? 0 : latest->bytes;
}

/* Registrations say this instead of the truth. */
void fake_netmap_lie_memsize(uint64_t value) {
    lie_memsize.on = 1;
    lie_memsize.value = value;
}

void fake_netmap_lie_offset(uint64_t value) {
    lie_offset.on = 1;
    lie_offset.value = value;
}

/* Called after each sync, before the program goes on; NULL for nothing. */
void fake_netmap_after_sync(void (*hook)(void)) {
    pthread_mutex_lock(&lock);
    after_sync = hook;
    pthread_mutex_unlock(&lock);
}

/* As if just loaded. Ports that are open stay. */
void fake_netmap_reset(void) {
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        faults[i] = (struct fault){.call = faults[i].call};
    for (int i = 0; i < MAX_PORTS; i++)
        if (ports[i].used && !ports[i].opened)
            forget(&ports[i]);
    latest = NULL;
    after_sync = NULL;
    lie_memsize.on = lie_offset.on = 0;
    fake_netmap_poll_also = 0;
    fake_netmap_unannounced = 0;
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void fail_as_the_environment_says(void) {
    const char *text = getenv("FAKE_NETMAP_FAIL");
    char call[32];
    int error;
    long after, times;
    if (text != NULL && sscanf(text, "%31[^,],%d,%ld,%ld", call, &error, &after, &times) == 4)
        fake_netmap_fail(call, error, after, times);
}
