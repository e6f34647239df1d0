/*
 * The floor of packet: ports in C: packets between two interfaces, each received whole and sent whole, super-packets as they
 * are. Two threads, a packet a system call, nothing measured and nothing delayed.
 *
 *     packet_floor LEFT RIGHT
 *
 * It says "ready" once it forwards, and ends when it is told to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { BUFFER_BYTES = 1 << 18, SOCKET_BYTES = 32 << 20 };

struct way {
    int from, to;
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

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: packet_floor LEFT RIGHT\n");
        return 2;
    }
    int left = open_on(arguments[1]);
    int right = open_on(arguments[2]);
    struct way there = {left, right};
    struct way back = {right, left};
    pthread_t thread;
    if (pthread_create(&thread, NULL, forward, &back) != 0) {
        fail("pthread_create");
    }
    printf("ready\n");
    fflush(stdout);
    forward(&there);
    return 1;
}
