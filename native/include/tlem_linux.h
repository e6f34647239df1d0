/*
 * The system headers that the Linux bindings are made from. What is taken from them is listed in native/linux.includes;
 * tools/regenerate-bindings turns both into the package io.tlem.bindings.linux.
 */
#ifndef TLEM_LINUX_H
#define TLEM_LINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

/*
 * With _GNU_SOURCE glibc declares the socket address of bind() and its like as a transparent union, which no binding
 * can express; without, as the pointer that it is.
 */
#include <features.h>
#pragma push_macro("__USE_GNU")
#undef __USE_GNU
#include <sys/socket.h>
#pragma pop_macro("__USE_GNU")

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>

/* Of <sys/socket.h>, hidden above. */
struct ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* The C library has these two, and no header of its own for them. */
int capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data);
int capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data);

/*
 * What bpf(2) takes for four of its commands: the beginnings of the members of union bpf_attr, which has all commands in one and
 * grows with each kernel.
 */
struct tlem_bpf_map {
    __u32 map_type;
    __u32 key_size;
    __u32 value_size;
    __u32 max_entries;
};
struct tlem_bpf_element {
    __u32 map_fd;
    __u32 unused;
    __u64 key;
    __u64 value;
    __u64 flags;
};
struct tlem_bpf_program {
    __u32 prog_type;
    __u32 insn_cnt;
    __u64 insns;
    __u64 license;
    __u32 log_level;
    __u32 log_size;
    __u64 log_buf;
    __u32 kern_version;
    __u32 prog_flags;
};
struct tlem_bpf_link {
    __u32 prog_fd;
    __u32 target_ifindex;
    __u32 attach_type;
    __u32 flags;
};
_Static_assert(offsetof(struct tlem_bpf_map, max_entries) == offsetof(union bpf_attr, max_entries), "BPF_MAP_CREATE");
_Static_assert(offsetof(struct tlem_bpf_element, key) == offsetof(union bpf_attr, key), "BPF_MAP_UPDATE_ELEM");
_Static_assert(offsetof(struct tlem_bpf_element, flags) == offsetof(union bpf_attr, flags), "BPF_MAP_UPDATE_ELEM");
_Static_assert(offsetof(struct tlem_bpf_program, insns) == offsetof(union bpf_attr, insns), "BPF_PROG_LOAD");
_Static_assert(offsetof(struct tlem_bpf_program, license) == offsetof(union bpf_attr, license), "BPF_PROG_LOAD");
_Static_assert(offsetof(struct tlem_bpf_program, prog_flags) == offsetof(union bpf_attr, prog_flags), "BPF_PROG_LOAD");
_Static_assert(offsetof(struct tlem_bpf_link, flags) == offsetof(union bpf_attr, link_create.flags), "BPF_LINK_CREATE");

/* Newer than the headers of some distributions that the kernels of today run under. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#define XDP_PKT_CONTD (1 << 0)
#endif
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

#endif
