/*
 * The floor of packet: ports in C: packets between two interfaces, each received whole and sent whole, super-packets as they
 * are. Two threads, a packet a system call, nothing measured.
 *
 *     packet_floor LEFT RIGHT [MILLISECONDS]
 *
 * With a time, each packet is kept in memory for so long.
 *
 * It says "ready" once it forwards, and ends when it is told to.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { BUFFER_BYTES = 1 << 18, SOCKET_BYTES = 32 << 20, KEPT_BYTES = 256 << 20 };

struct way {
    int from, to;
    int64_t delay; /* ns */
};

/* What is kept: its bytes follow. */
struct kept {
    int64_t due;
    size_t bytes;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void set(int fd, int level, int option, int value, int must) {
    if (setsockopt(fd, level, option, &value, sizeof value) < 0 && must) {
        fail("setsockopt");
    }
}

static int open_on(const char *name) {
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) {
        fail("socket");
    }
    set(fd, SOL_PACKET, PACKET_VNET_HDR, 1, 1);
    set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, 0);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BYTES, 0);
    set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BYTES, 0);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    address.sll_ifindex = (int)if_nametoindex(name);
    if (address.sll_ifindex == 0) {
        fail(name);
    }
    struct packet_mreq membership = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        fail(name);
    }
    return fd;
}

static void *forward(void *argument) {
    const struct way *way = argument;
    char *buffer = malloc(BUFFER_BYTES);
    while (buffer != NULL) {
        ssize_t bytes = recv(way->from, buffer, BUFFER_BYTES, MSG_TRUNC);
        if (bytes > (ssize_t)sizeof(struct virtio_net_hdr) && bytes <= BUFFER_BYTES) {
            ssize_t ignored = send(way->to, buffer, (size_t)bytes, 0); /* what cannot be sent is lost */
            (void)ignored;
        }
    }
    return NULL;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int is_room(size_t head, size_t tail, size_t used) {
    size_t most = sizeof(struct kept) + BUFFER_BYTES;
    return used == 0 || (tail > head ? tail + most <= KEPT_BYTES : tail + most <= head);
}

/* Packets lie behind each other in memory that is begun anew at its end. What there is no room for waits in the socket. */
static void *delay(void *argument) {
    const struct way *way = argument;
    char *memory = malloc(KEPT_BYTES);
    size_t head = 0, tail = 0, used = 0; /* packets */
    size_t end = KEPT_BYTES;             /* of what is used, where the tail is before the head */
    while (memory != NULL) {
        int room = is_room(head, tail, used);
        struct kept *first = (struct kept *)(memory + head);
        int64_t left = used == 0 ? INT64_C(1000000000) : first->due - now();
        if (left > 0) {
            struct pollfd poll = {.fd = way->from, .events = room ? POLLIN : 0};
            struct timespec time = {left / 1000000000, left % 1000000000};
            ppoll(&poll, 1, &time, NULL);
        }
        if (room) {
            struct kept *next = (struct kept *)(memory + tail);
            ssize_t bytes = recv(way->from, next + 1, BUFFER_BYTES, MSG_TRUNC | MSG_DONTWAIT);
            if (bytes > (ssize_t)sizeof(struct virtio_net_hdr) && bytes <= BUFFER_BYTES) {
                next->due = now() + way->delay;
                next->bytes = (size_t)bytes;
                tail += sizeof(struct kept) + ((size_t)bytes + 15) / 16 * 16;
                used++;
                if (tail + sizeof(struct kept) + BUFFER_BYTES > KEPT_BYTES) {
                    end = tail;
                    tail = 0;
                }
            }
        }
        first = (struct kept *)(memory + head);
        if (used > 0 && first->due <= now()) {
            ssize_t ignored = send(way->to, first + 1, first->bytes, 0); /* what cannot be sent is lost */
            (void)ignored;
            head += sizeof(struct kept) + (first->bytes + 15) / 16 * 16;
            head = head == end ? 0 : head;
            end = head == 0 ? KEPT_BYTES : end;
            used--;
        }
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3 && count != 4) {
        fprintf(stderr, "usage: packet_floor LEFT RIGHT [MILLISECONDS]\n");
        return 2;
    }
    int left = open_on(arguments[1]);
    int right = open_on(arguments[2]);
    int64_t nanos = count == 4 ? atol(arguments[3]) * INT64_C(1000000) : 0;
    struct way there = {left, right, nanos};
    struct way back = {right, left, nanos};
    void *(*what)(void *) = nanos > 0 ? delay : forward;
    pthread_t thread;
    if (pthread_create(&thread, NULL, what, &back) != 0) {
        fail("pthread_create");
    }
    printf("ready\n");
    fflush(stdout);
    what(&there);
    return 1;
}
