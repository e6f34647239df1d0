package io.tlem.os;

import io.tlem.bindings.freebsd.FreeBsd;
import io.tlem.bindings.linux.Linux;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Error numbers, their names and what they mean. */
public final class Errno {
    /** Operation not permitted: a capability is missing. */
    public static final int EPERM = Platform.FREE_BSD ? FreeBsd.EPERM() : Linux.EPERM();
    /** Permission denied. */
    public static final int EACCES = Platform.FREE_BSD ? FreeBsd.EACCES() : Linux.EACCES();
    /** Interrupted by a signal. */
    public static final int EINTR = Platform.FREE_BSD ? FreeBsd.EINTR() : Linux.EINTR();
    /** Would block. */
    public static final int EAGAIN = Platform.FREE_BSD ? FreeBsd.EAGAIN() : Linux.EAGAIN();
    /** Out of memory. */
    public static final int ENOMEM = Platform.FREE_BSD ? FreeBsd.ENOMEM() : Linux.ENOMEM();
    /** Invalid argument. */
    public static final int EINVAL = Platform.FREE_BSD ? FreeBsd.EINVAL() : Linux.EINVAL();
    /** The argument is longer or larger than what is possible. */
    public static final int ERANGE = Platform.FREE_BSD ? FreeBsd.ERANGE() : Linux.ERANGE();
    /** The device does not know the request. */
    public static final int ENOTTY = Platform.FREE_BSD ? FreeBsd.ENOTTY() : Linux.ENOTTY();
    /** The device does not do what is asked. */
    public static final int EOPNOTSUPP = Platform.FREE_BSD ? FreeBsd.EOPNOTSUPP() : Linux.EOPNOTSUPP();
    /** In use. */
    public static final int EBUSY = Platform.FREE_BSD ? FreeBsd.EBUSY() : Linux.EBUSY();
    /** Input or output has failed. */
    public static final int EIO = Platform.FREE_BSD ? FreeBsd.EIO() : Linux.EIO();
    /** No such device. */
    public static final int ENODEV = Platform.FREE_BSD ? FreeBsd.ENODEV() : Linux.ENODEV();
    /** No such device or address. */
    public static final int ENXIO = Platform.FREE_BSD ? FreeBsd.ENXIO() : Linux.ENXIO();
    /** The interface is down. */
    public static final int ENETDOWN = Platform.FREE_BSD ? FreeBsd.ENETDOWN() : Linux.ENETDOWN();
    /** Longer than a file may be. */
    public static final int EFBIG = Platform.FREE_BSD ? FreeBsd.EFBIG() : Linux.EFBIG();
    /** The device's queue is full. */
    public static final int ENOBUFS = Platform.FREE_BSD ? FreeBsd.ENOBUFS() : Linux.ENOBUFS();
    /** The packet is too long for the interface. */
    public static final int EMSGSIZE = Platform.FREE_BSD ? FreeBsd.EMSGSIZE() : Linux.EMSGSIZE();

    /** The system does not have the call. */
    public static final int ENOSYS = Platform.FREE_BSD ? FreeBsd.ENOSYS() : Linux.ENOSYS();
    /** The system does not have such addresses. */
    public static final int EAFNOSUPPORT = Platform.FREE_BSD ? FreeBsd.EAFNOSUPPORT() : Linux.EAFNOSUPPORT();
    /** There is one already. */
    public static final int EEXIST = Platform.FREE_BSD ? FreeBsd.EEXIST() : Linux.EEXIST();

    /** No such file. */
    public static final int ENOENT = Platform.FREE_BSD ? FreeBsd.ENOENT() : Linux.ENOENT();
    /** The file is in no state for it, as that of an interface that is gone. */
    public static final int EBADFD = Platform.FREE_BSD ? -1 : Linux.EBADFD();

    private static final Pattern NAME = Pattern.compile("E[A-Z0-9]+");

    private Errno() {}

    /** Name of an error number, for example {@code EPERM}. */
    public static String name(int errno) {
        return Names.BY_NUMBER.getOrDefault(errno, "errno " + errno);
    }

    /** Reason and name, for example {@code operation not permitted (EPERM)}. */
    @SuppressWarnings("restricted") // a string of the C library
    public static String describe(int errno) {
        String reason = Linux.strerror(errno).reinterpret(Long.MAX_VALUE).getString(0);
        // Reasons start in upper case, and here they end a sentence; "RPC ..." and the like stay as they are.
        if (reason.length() > 1 && Character.isLowerCase(reason.charAt(1))) {
            reason = Character.toLowerCase(reason.charAt(0)) + reason.substring(1);
        }
        return reason + " (" + name(errno) + ")";
    }

    /** Read from the bindings once, when the first error is described. */
    private static final class Names {
        static final Map<Integer, String> BY_NUMBER = new HashMap<>();

        static {
            for (Method method : (Platform.FREE_BSD ? FreeBsd.class : Linux.class).getMethods()) {
                if (method.getParameterCount() == 0
                        && NAME.matcher(method.getName()).matches()) {
                    try {
                        // Of two names for one number the shorter is the common one: EAGAIN, not EWOULDBLOCK.
                        BY_NUMBER.merge(
                                (Integer) method.invoke(null),
                                method.getName(),
                                (a, b) -> a.length() <= b.length() ? a : b);
                    } catch (ReflectiveOperationException e) {
                        throw new LinkageError(e.getMessage(), e);
                    }
                }
            }
        }
    }
}
