package io.tlem.os;

/**
 * FreeBSD's large pages: a shared memory object whose every page is a large one (shm_create_largepage(3)), as large as
 * its ftruncate, and mapped as a whole.
 */
final class Superpages {
    /** The calls it takes; each returns its result or a negated error number. */
    interface Calls {
        /** Sizes of pages, smallest first; those after the first are large. */
        long[] pageSizes();

        int createLargepage(int pageSizeIndex);

        int truncate(int fd, long bytes);

        long mapShared(int fd, long bytes);

        void close(int fd);
    }

    private Superpages() {}

    /** Size of the smallest large page, 0 when there is none. */
    static long pageBytes(Calls calls) {
        long[] sizes = calls.pageSizes();
        return sizes.length > 1 ? sizes[1] : 0;
    }

    /**
     * Maps memory on large pages.
     *
     * @param bytes a multiple of {@link #pageBytes}
     * @return its address, or a negated error number: ENOTTY or EOPNOTSUPP where the kernel knows no such memory, ENOMEM
     *     where too few pages lie in one piece
     */
    static long map(Calls calls, long bytes) {
        int fd = calls.createLargepage(1);
        if (fd < 0) {
            return fd;
        }
        try {
            int truncated = calls.truncate(fd, bytes); // takes the pages
            return truncated < 0 ? truncated : calls.mapShared(fd, bytes);
        } finally {
            calls.close(fd); // the mapping keeps the memory
        }
    }
}
