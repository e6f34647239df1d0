package io.tlem.os;

import io.tlem.bindings.freebsd.FreeBsd;
import io.tlem.bindings.linux.Linux;
import java.util.Set;

/** Which system this is, and the values of calls that both have and number differently. */
final class Platform {
    static final boolean FREE_BSD = System.getProperty("os.name").equals("FreeBSD");
    static final boolean LINUX = System.getProperty("os.name").equals("Linux");

    static final boolean X86_64 = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    static final int MAP_ANONYMOUS = FREE_BSD ? FreeBsd.MAP_ANONYMOUS() : Linux.MAP_ANONYMOUS();
    /** Addresses without memory behind them; FreeBSD reserves none for a private mapping in any case. */
    static final int MAP_NORESERVE = FREE_BSD ? 0 : Linux.MAP_NORESERVE();
    /** Make pages present at once, where a flag can ask for it. */
    static final int MAP_POPULATE = FREE_BSD ? 0 : Linux.MAP_POPULATE();

    static final int O_RDWR = FREE_BSD ? FreeBsd.O_RDWR() : Linux.O_RDWR();
    static final int O_RDONLY = Linux.O_RDONLY(); // 0 everywhere
    static final int O_NONBLOCK = FREE_BSD ? FreeBsd.O_NONBLOCK() : Linux.O_NONBLOCK();
    static final int O_CREAT = FREE_BSD ? FreeBsd.O_CREAT() : Linux.O_CREAT();
    static final int O_EXCL = FREE_BSD ? FreeBsd.O_EXCL() : Linux.O_EXCL();
    static final int O_NOFOLLOW = FREE_BSD ? FreeBsd.O_NOFOLLOW() : Linux.O_NOFOLLOW();
    static final int O_DIRECTORY = FREE_BSD ? FreeBsd.O_DIRECTORY() : Linux.O_DIRECTORY();
    static final int O_CLOEXEC = FREE_BSD ? FreeBsd.O_CLOEXEC() : Linux.O_CLOEXEC();
    static final int SC_PAGESIZE = FREE_BSD ? FreeBsd._SC_PAGESIZE() : Linux._SC_PAGESIZE();
    static final int CLOCK_MONOTONIC = FREE_BSD ? FreeBsd.CLOCK_MONOTONIC() : Linux.CLOCK_MONOTONIC();
    static final int SCHED_FIFO = FREE_BSD ? FreeBsd.SCHED_FIFO() : Linux.SCHED_FIFO();

    private Platform() {}
}
