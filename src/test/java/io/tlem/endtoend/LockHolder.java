package io.tlem.endtoend;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/** A program that makes files and keeps them locked until it is killed. */
final class LockHolder {
    private LockHolder() {}

    /**
     * Makes and locks the files.
     *
     * @param files absolute names
     */
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            FileChannel.open(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                    .lock();
        }
        System.out.println("locked");
        new CountDownLatch(1).await();
    }
}
