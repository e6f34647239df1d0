/*
 * What the emulator needs to know of FreeBSD 13 and newer on 64-bit machines, stated here because the bindings are made
 * on any system: the values of its manual pages mmap(2), shm_open(2), open(2), cpuset_setaffinity(2), clock_gettime(2),
 * sched_setscheduler(2), sysconf(3) and errno(2). tools/regenerate-bindings makes the package io.tlem.bindings.freebsd
 * of it.
 */
#ifndef TLEM_FREEBSD_H
#define TLEM_FREEBSD_H

/* Memory */
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x1000
#define MAP_ALIGNED_SUPER 0x1000000
#define MCL_CURRENT 1
#define MCL_FUTURE 2
#define SHM_ANON 1 /* in place of a name: memory without one */
#define SHM_LARGEPAGE_ALLOC_DEFAULT 0
#define O_RDWR 2
#define O_NONBLOCK 4
#define O_NOFOLLOW 0x100
#define O_CREAT 0x200
#define O_EXCL 0x800
#define O_DIRECTORY 0x20000
#define O_CLOEXEC 0x100000
#define _SC_PAGESIZE 47

/* Time and scheduling */
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 4
#define TIMER_ABSTIME 1
#define SCHED_FIFO 1
#define RTP_PRIO_MAX 31

/* CPU sets */
#define CPU_LEVEL_WHICH 3
#define CPU_WHICH_TID 1
#define CPU_WHICH_PID 2
#define CPU_MAXSIZE 1024

/*
 * cpuset_t of FreeBSD 14 and newer: one bit for each CPU. The kernel of 13 knows 256 and refuses a longer set with ERANGE.
 */
struct tlem_cpuset {
    unsigned long bits[CPU_MAXSIZE / 64];
};

/* Error numbers */
#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define ENOEXEC 8
#define EBADF 9
#define ECHILD 10
#define EDEADLK 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define ENOTBLK 15
#define EBUSY 16
#define EEXIST 17
#define EXDEV 18
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define ENOTTY 25
#define ETXTBSY 26
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EMLINK 31
#define EPIPE 32
#define EDOM 33
#define ERANGE 34
#define EAGAIN 35
#define EINPROGRESS 36
#define EALREADY 37
#define ENOTSOCK 38
#define EDESTADDRREQ 39
#define EMSGSIZE 40
#define EPROTOTYPE 41
#define ENOPROTOOPT 42
#define EPROTONOSUPPORT 43
#define ESOCKTNOSUPPORT 44
#define EOPNOTSUPP 45
#define EPFNOSUPPORT 46
#define EAFNOSUPPORT 47
#define EADDRINUSE 48
#define EADDRNOTAVAIL 49
#define ENETDOWN 50
#define ENETUNREACH 51
#define ENETRESET 52
#define ECONNABORTED 53
#define ECONNRESET 54
#define ENOBUFS 55
#define EISCONN 56
#define ENOTCONN 57
#define ESHUTDOWN 58
#define ETOOMANYREFS 59
#define ETIMEDOUT 60
#define ECONNREFUSED 61
#define ELOOP 62
#define ENAMETOOLONG 63
#define EHOSTDOWN 64
#define EHOSTUNREACH 65
#define ENOTEMPTY 66
#define EPROCLIM 67
#define EUSERS 68
#define EDQUOT 69
#define ESTALE 70
#define EREMOTE 71
#define EBADRPC 72
#define ERPCMISMATCH 73
#define EPROGUNAVAIL 74
#define EPROGMISMATCH 75
#define EPROCUNAVAIL 76
#define ENOLCK 77
#define ENOSYS 78
#define EFTYPE 79
#define EAUTH 80
#define ENEEDAUTH 81
#define EIDRM 82
#define ENOMSG 83
#define EOVERFLOW 84
#define ECANCELED 85
#define EILSEQ 86
#define ENOATTR 87
#define EDOOFUS 88
#define EBADMSG 89
#define EMULTIHOP 90
#define ENOLINK 91
#define EPROTO 92
#define ENOTCAPABLE 93
#define ECAPMODE 94
#define ENOTRECOVERABLE 95
#define EOWNERDEAD 96
#define EINTEGRITY 97

#endif
