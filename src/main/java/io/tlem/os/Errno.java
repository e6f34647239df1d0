package io.tlem.os;

import io.tlem.bindings.linux.Linux;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;

/** Names and texts of the system's error numbers. */
@SuppressWarnings("restricted") // strerror gives a pointer without a length
final class Errno {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(Linux.EPERM(), "EPERM"),
            Map.entry(Linux.ENOENT(), "ENOENT"),
            Map.entry(Linux.EINTR(), "EINTR"),
            Map.entry(Linux.EIO(), "EIO"),
            Map.entry(Linux.ENXIO(), "ENXIO"),
            Map.entry(Linux.EBADF(), "EBADF"),
            Map.entry(Linux.EAGAIN(), "EAGAIN"),
            Map.entry(Linux.ENOMEM(), "ENOMEM"),
            Map.entry(Linux.EACCES(), "EACCES"),
            Map.entry(Linux.EFAULT(), "EFAULT"),
            Map.entry(Linux.EBUSY(), "EBUSY"),
            Map.entry(Linux.EEXIST(), "EEXIST"),
            Map.entry(Linux.ENODEV(), "ENODEV"),
            Map.entry(Linux.EINVAL(), "EINVAL"),
            Map.entry(Linux.ENOTTY(), "ENOTTY"),
            Map.entry(Linux.ENOSPC(), "ENOSPC"),
            Map.entry(Linux.ENOSYS(), "ENOSYS"),
            Map.entry(Linux.EMSGSIZE(), "EMSGSIZE"),
            Map.entry(Linux.ENOPROTOOPT(), "ENOPROTOOPT"),
            Map.entry(Linux.EOPNOTSUPP(), "EOPNOTSUPP"),
            Map.entry(Linux.EAFNOSUPPORT(), "EAFNOSUPPORT"),
            Map.entry(Linux.ENETDOWN(), "ENETDOWN"),
            Map.entry(Linux.ENOBUFS(), "ENOBUFS"));

    private Errno() {}

    /** Symbolic name, or {@code errno N}. */
    static String name(int errno) {
        return NAMES.getOrDefault(errno, "errno " + errno);
    }

    /** The system's text, such as {@code operation not permitted}. */
    static String message(int errno) {
        MemorySegment text = Linux.strerror(errno);
        return text.reinterpret(256).getString(0).toLowerCase(Locale.ROOT);
    }
}
