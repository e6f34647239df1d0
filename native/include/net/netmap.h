/*
 * The user side of netmap's ABI, API version 14, as this project states it: what a program and a provider of netmap
 * (the kernel, or something that stands in for it) lay out in the memory they share, and the requests between them.
 * netmap itself is described in netmap(4). tools/regenerate-bindings makes the package io.tlem.bindings.netmap of it.
 *
 *   memory of a port, mapped at any address          offsets
 *   +----------------------+
 *   | netmap_if            |  nr_offset from the start of the mapping
 *   |   ring_ofs[]         |  -> rings, from the netmap_if: tx, host tx, rx, host rx
 *   +----------------------+
 *   | netmap_ring          |
 *   |   head cur tail      |
 *   |   slot[num_slots]    |  -> buffers by index: ring + buf_ofs + buf_idx * nr_buf_size
 *   +----------------------+
 *   | buffers 0, 1, 2, ... |  0 and 1 are never a slot's
 *   +----------------------+
 */
#ifndef _NET_NETMAP_H_
#define _NET_NETMAP_H_

#include <net/if.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/types.h>

#define NETMAP_API 14
/* Versions a provider may accept besides its own. */
#define NETMAP_MIN_API 14
#define NETMAP_MAX_API 15

#define NETMAP_DEVICE_NAME "/dev/netmap"

/* One packet, or one piece of it, in a ring. */
struct netmap_slot {
    uint32_t buf_idx; /* which buffer; may be exchanged with another slot's, and NS_BUF_CHANGED says so */
    uint16_t len;     /* bytes in this buffer */
    uint16_t flags;   /* NS_* */
    uint64_t ptr;     /* address of an indirect buffer, or with netmap_ring.offset_mask an offset in the buffer */
};

/* Flags of a slot. */
#define NS_BUF_CHANGED 0x0001 /* buf_idx is not what it was */
#define NS_REPORT 0x0002      /* tell when this slot has been sent */
#define NS_FORWARD 0x0004     /* receive rings with NR_FORWARD: hand the packet to the other side, host or NIC */
#define NS_NO_LEARN 0x0008    /* VALE: do not learn the sender's address */
#define NS_INDIRECT 0x0010    /* VALE transmit rings: the packet lies at ptr, in the program's memory */
#define NS_MOREFRAG 0x0020    /* the packet goes on in the next slot */
#define NS_TXMON 0x0040       /* monitors: the packet was transmitted by the port, not received */
#define NS_PORT_SHIFT 8       /* VALE: the upper byte is the destination port; receiving, the number of pieces */
#define NS_PORT_MASK (0xff << NS_PORT_SHIFT)

/* Most pieces of one packet. */
#define NETMAP_MAX_FRAGS 64

/*
 * A ring. The program owns the slots from head up to, not including, tail; the provider owns the others. A sync takes
 * head and cur from the program and moves tail. head <= cur <= tail, in the ring's order; cur tells poll how far the
 * program has looked.
 */
struct netmap_ring {
    const int64_t buf_ofs; /* from this ring to buffer 0 */
    const uint32_t num_slots;
    const uint32_t nr_buf_size;
    const uint16_t ringid;
    const uint16_t dir; /* 1 transmit, 0 receive */

    uint32_t head; /* program: first slot that it owns */
    uint32_t cur;  /* program: where it wants to be woken */
    uint32_t tail; /* provider: first slot that it owns */

    uint32_t flags; /* NR_TIMESTAMP, NR_FORWARD */

    struct timeval ts; /* provider: when the last sync was, with NR_TIMESTAMP */

    const uint64_t offset_mask; /* bits of netmap_slot.ptr that are an offset; 0 without NETMAP_REQ_OPT_OFFSETS */
    const uint64_t buf_align;   /* alignment wanted of a packet in a buffer */

    uint8_t __attribute__((aligned(128))) sem[128]; /* the provider's */

    struct netmap_slot slot[];
};

/* Flags of a ring. */
#define NR_TIMESTAMP 0x0002
#define NR_FORWARD 0x0004

/* What one opened port has in its memory. */
struct netmap_if {
    char ni_name[IFNAMSIZ];
    const uint32_t ni_version;
    const uint32_t ni_flags; /* NI_PRIV_MEM */

    const uint32_t ni_tx_rings; /* of the NIC */
    const uint32_t ni_rx_rings;

    uint32_t ni_bufs_head; /* list of extra buffers: each begins with the index of the next, 0 ends it */
    const uint32_t ni_host_tx_rings;
    const uint32_t ni_host_rx_rings;
    uint32_t ni_spare1[3];

    /* From this structure to each ring: tx, host tx, rx, host rx. 0 for a ring that was not asked for. */
    const ssize_t ring_ofs[];
};

#define NI_PRIV_MEM 0x1 /* memory that no other port uses */

/* A request, given to NIOCCTRL. */
#define NETMAP_REQ_IFNAMSIZ 64
#define NETMAP_REQ_MAXSIZE 4096 /* with its body and options */

struct nmreq_header {
    uint16_t nr_version; /* NETMAP_API */
    uint16_t nr_reqtype; /* NETMAP_REQ_* */
    uint32_t nr_reserved;
    char nr_name[NETMAP_REQ_IFNAMSIZ];
    uint64_t nr_options; /* address of the first nmreq_option, or 0 */
    uint64_t nr_body;    /* address of the structure that belongs to the type */
};

enum {
    NETMAP_REQ_REGISTER = 1,             /* nmreq_register */
    NETMAP_REQ_PORT_INFO_GET = 2,        /* nmreq_port_info_get */
    NETMAP_REQ_VALE_ATTACH = 3,          /* nmreq_vale_attach */
    NETMAP_REQ_VALE_DETACH = 4,          /* nmreq_vale_detach */
    NETMAP_REQ_VALE_LIST = 5,            /* nmreq_vale_list */
    NETMAP_REQ_PORT_HDR_SET = 6,         /* nmreq_port_hdr */
    NETMAP_REQ_PORT_HDR_GET = 7,         /* nmreq_port_hdr */
    NETMAP_REQ_VALE_NEWIF = 8,           /* nmreq_vale_newif */
    NETMAP_REQ_VALE_DELIF = 9,           /* no body */
    NETMAP_REQ_VALE_POLLING_ENABLE = 10, /* nmreq_vale_polling */
    NETMAP_REQ_VALE_POLLING_DISABLE = 11,
    NETMAP_REQ_POOLS_INFO_GET = 12,  /* nmreq_pools_info */
    NETMAP_REQ_SYNC_KLOOP_START = 13, /* nmreq_sync_kloop_start */
    NETMAP_REQ_SYNC_KLOOP_STOP = 14,
    NETMAP_REQ_CSB_ENABLE = 15
};

/* Begins every option of a request. */
struct nmreq_option {
    uint64_t nro_next; /* address of the next, or 0 */
    uint32_t nro_reqtype;
    uint32_t nro_status; /* out: 0, or the error number that the option met */
    uint64_t nro_size;   /* of an option of variable size, else 0 */
};

enum {
    NETMAP_REQ_OPT_EXTMEM = 1,
    NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS = 2,
    NETMAP_REQ_OPT_CSB = 3,
    NETMAP_REQ_OPT_SYNC_KLOOP_MODE = 4,
    NETMAP_REQ_OPT_OFFSETS = 5
};

/* NETMAP_REQ_REGISTER: binds rings of a port to the file. In: what is wanted, 0 for the port's own; out: what is. */
struct nmreq_register {
    uint64_t nr_offset;  /* out: of the netmap_if in the mapping */
    uint64_t nr_memsize; /* out: bytes to map */
    uint32_t nr_tx_slots;
    uint32_t nr_rx_slots;
    uint16_t nr_tx_rings;
    uint16_t nr_rx_rings;
    uint16_t nr_host_tx_rings;
    uint16_t nr_host_rx_rings;

    uint16_t nr_mem_id; /* memory region; ports of one region can exchange buffers */
    uint16_t nr_ringid;
    uint32_t nr_mode;       /* NR_REG_* */
    uint32_t nr_extra_bufs; /* in: wanted; out: got */

    uint64_t nr_flags; /* NR_* below */
};

/* Which rings. */
enum {
    NR_REG_DEFAULT = 0,
    NR_REG_ALL_NIC = 1,
    NR_REG_SW = 2,
    NR_REG_NIC_SW = 3,
    NR_REG_ONE_NIC = 4,
    NR_REG_PIPE_MASTER = 5,
    NR_REG_PIPE_SLAVE = 6,
    NR_REG_NULL = 7,
    NR_REG_ONE_SW = 8
};

/* Flags of nmreq_register. */
#define NR_MONITOR_TX 0x100
#define NR_MONITOR_RX 0x200
#define NR_ZCOPY_MON 0x400
#define NR_EXCLUSIVE 0x800
#define NR_RX_RINGS_ONLY 0x2000
#define NR_TX_RINGS_ONLY 0x4000
#define NR_ACCEPT_VNET_HDR 0x8000
#define NR_DO_RX_POLL 0x10000 /* poll syncs receive rings although POLLIN was not asked for */
#define NR_NO_TX_POLL 0x20000 /* poll syncs transmit rings only if POLLOUT was asked for */

/* NETMAP_REQ_PORT_INFO_GET */
struct nmreq_port_info_get {
    uint64_t nr_memsize;
    uint32_t nr_tx_slots;
    uint32_t nr_rx_slots;
    uint16_t nr_tx_rings;
    uint16_t nr_rx_rings;
    uint16_t nr_host_tx_rings;
    uint16_t nr_host_rx_rings;
    uint16_t nr_mem_id;
    uint16_t pad[3];
};

/* The name of a switch begins with it: vale0:port. */
#define NM_BDG_NAME "vale"

struct nmreq_vale_attach {
    struct nmreq_register reg;
    uint32_t port_index;
    uint32_t pad1;
};

struct nmreq_vale_detach {
    uint32_t port_index;
    uint32_t pad1;
};

struct nmreq_vale_list {
    uint16_t nr_bridge_idx;
    uint16_t pad1;
    uint32_t nr_port_idx;
};

struct nmreq_port_hdr {
    uint32_t nr_hdr_len;
    uint32_t pad1;
};

struct nmreq_vale_newif {
    uint32_t nr_tx_slots;
    uint32_t nr_rx_slots;
    uint16_t nr_tx_rings;
    uint16_t nr_rx_rings;
    uint16_t nr_mem_id;
    uint16_t pad1;
};

#define NETMAP_POLLING_MODE_SINGLE_CPU 1
#define NETMAP_POLLING_MODE_MULTI_CPU 2

struct nmreq_vale_polling {
    uint32_t nr_mode;
    uint32_t nr_first_cpu_id;
    uint32_t nr_num_polling_cpus;
    uint32_t pad1;
};

/* NETMAP_REQ_POOLS_INFO_GET, and what NETMAP_REQ_OPT_EXTMEM asks for. */
struct nmreq_pools_info {
    uint64_t nr_memsize;
    uint16_t nr_mem_id;
    uint16_t pad1[3];
    uint64_t nr_if_pool_offset;
    uint32_t nr_if_pool_objtotal;
    uint32_t nr_if_pool_objsize;
    uint64_t nr_ring_pool_offset;
    uint32_t nr_ring_pool_objtotal;
    uint32_t nr_ring_pool_objsize;
    uint64_t nr_buf_pool_offset;
    uint32_t nr_buf_pool_objtotal;
    uint32_t nr_buf_pool_objsize;
};

struct nmreq_sync_kloop_start {
    uint32_t sleep_us;
    uint32_t pad1;
};

/* NETMAP_REQ_OPT_EXTMEM: the port lives in memory of the program. */
struct nmreq_opt_extmem {
    struct nmreq_option nro_opt;
    uint64_t nro_usrptr;
    struct nmreq_pools_info nro_info;
};

/* NETMAP_REQ_OPT_OFFSETS: packets begin at an offset in their buffers. */
struct nmreq_opt_offsets {
    struct nmreq_option nro_opt;
    uint64_t nro_max_offset;
    uint64_t nro_initial_offset;
    uint32_t nro_offset_bits;
    uint32_t nro_tx_align;
    uint64_t nro_min_gap;
};

/* NETMAP_REQ_OPT_CSB: head, cur and tail are exchanged in these two blocks instead of the rings. */
struct nmreq_opt_csb {
    struct nmreq_option nro_opt;
    uint64_t csb_atok;
    uint64_t csb_ktoa;
};

struct nm_csb_atok {
    uint32_t head;
    uint32_t cur;
    uint32_t appl_need_kick;
    uint32_t sync_flags;
    uint32_t pad[12];
};

struct nm_csb_ktoa {
    uint32_t hwcur;
    uint32_t hwtail;
    uint32_t kern_need_kick;
    uint32_t pad[13];
};

#define NM_OPT_SYNC_KLOOP_DIRECT_TX (1 << 0)
#define NM_OPT_SYNC_KLOOP_DIRECT_RX (1 << 1)

struct nmreq_opt_sync_kloop_mode {
    struct nmreq_option nro_opt;
    uint32_t mode;
};

struct nmreq_opt_sync_kloop_eventfds {
    struct nmreq_option nro_opt;
    struct {
        int32_t ioeventfd;
        int32_t irqfd;
    } eventfds[];
};

/* The request of API versions before 14, given to NIOCREGIF and NIOCGINFO. */
struct nmreq {
    char nr_name[IFNAMSIZ];
    uint32_t nr_version;
    uint32_t nr_offset;
    uint32_t nr_memsize;
    uint32_t nr_tx_slots;
    uint32_t nr_rx_slots;
    uint16_t nr_tx_rings;
    uint16_t nr_rx_rings;
    uint16_t nr_ringid; /* ring number, NETMAP_NO_TX_POLL, NETMAP_DO_RX_POLL */
    uint16_t nr_cmd;    /* 0 to bind rings, or NETMAP_BDG_* */
    uint16_t nr_arg1;
    uint16_t nr_arg2;  /* memory region */
    uint32_t nr_arg3;  /* extra buffers */
    uint32_t nr_flags; /* NR_REG_* and the flags of nmreq_register */
    uint32_t spare2[1];
};

/* Parts of nmreq.nr_ringid and nmreq.nr_flags. */
#define NETMAP_HW_RING 0x4000
#define NETMAP_SW_RING 0x2000
#define NETMAP_RING_MASK 0x0fff
#define NETMAP_NO_TX_POLL 0x1000
#define NETMAP_DO_RX_POLL 0x8000
#define NR_REG_MASK 0xf

/* nmreq.nr_cmd */
#define NETMAP_BDG_ATTACH 1
#define NETMAP_BDG_DETACH 2
#define NETMAP_BDG_REGOPS 3
#define NETMAP_BDG_LIST 4
#define NETMAP_BDG_VNET_HDR 5
#define NETMAP_BDG_NEWIF 6
#define NETMAP_BDG_DELIF 7
#define NETMAP_PT_HOST_CREATE 8
#define NETMAP_PT_HOST_DELETE 9
#define NETMAP_BDG_POLLING_ON 10
#define NETMAP_BDG_POLLING_OFF 11
#define NETMAP_VNET_HDR_GET 12
#define NETMAP_BDG_HOST 1 /* nr_arg1 of NETMAP_BDG_ATTACH */

/* Private to modules that extend a switch. */
#define NM_IFRDATA_LEN 256

struct nm_ifreq {
    char nifr_name[IFNAMSIZ];
    char data[NM_IFRDATA_LEN];
};

/* The calls, as this system encodes them. */
#define NIOCGINFO _IOWR('i', 145, struct nmreq)
#define NIOCREGIF _IOWR('i', 146, struct nmreq)
#define NIOCTXSYNC _IO('i', 148)
#define NIOCRXSYNC _IO('i', 149)
#define NIOCCONFIG _IOWR('i', 150, struct nm_ifreq)
#define NIOCCTRL _IOWR('i', 151, struct nmreq_header)

/*
 * The same for a system by its name, for programs that learn it when they run. Both put the size of the argument in
 * bits 16 and up and the direction above; they differ in calls without argument.
 */
#define TLEM_IOWR(number, type) (0xC0000000U | ((unsigned)sizeof(type) << 16) | ('i' << 8) | (number))
#define TLEM_LINUX_IO(number) (0x00000000U | ('i' << 8) | (number))
#define TLEM_FREEBSD_IO(number) (0x20000000U | ('i' << 8) | (number))

enum {
    TLEM_NIOCGINFO = TLEM_IOWR(145, struct nmreq),
    TLEM_NIOCREGIF = TLEM_IOWR(146, struct nmreq),
    TLEM_NIOCCONFIG = TLEM_IOWR(150, struct nm_ifreq),
    TLEM_NIOCCTRL = TLEM_IOWR(151, struct nmreq_header),
    TLEM_LINUX_NIOCTXSYNC = TLEM_LINUX_IO(148),
    TLEM_LINUX_NIOCRXSYNC = TLEM_LINUX_IO(149),
    TLEM_FREEBSD_NIOCTXSYNC = TLEM_FREEBSD_IO(148),
    TLEM_FREEBSD_NIOCRXSYNC = TLEM_FREEBSD_IO(149)
};

#endif
