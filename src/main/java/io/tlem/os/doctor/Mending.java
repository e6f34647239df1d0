package io.tlem.os.doctor;

import io.tlem.os.HeldLock;
import io.tlem.os.InterfaceFacts;
import io.tlem.os.PrivateFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Settings of this machine that are others for a while. Each old value is in a file of the runtime folder before the setting is
 * touched, so that they can be put back when the process was killed; a lock tells whether it still runs. Used by one thread.
 */
public final class Mending implements AutoCloseable {
    private static final String FILE = "doctor.changes";
    private static final String LOCK = "doctor.lock";

    private final Settings settings;
    private final Path file;
    private final HeldLock lock;
    private final Consumer<String> told;
    private final List<Change> inForce;
    private boolean complete = true;
    private boolean undone = true;
    private boolean closed;

    private Mending(Settings settings, Path file, HeldLock lock, Consumer<String> told, List<Change> inForce) {
        this.settings = settings;
        this.file = file;
        this.lock = lock;
        this.told = told;
        this.inForce = new ArrayList<>(inForce);
    }

    /**
     * Changes what spoils timing or traffic and can be put back.
     *
     * @param interfaces to be emulated between
     * @param told of each change, in a line, when it is made and when it is taken back
     * @throws IllegalArgumentException when there is no such interface
     * @throws IOException with one line, when changes of another process are in force or left behind, or there is no place to
     *     remember the old values
     */
    public static Mending begin(List<String> interfaces, Consumer<String> told) throws IOException {
        for (String name : interfaces) {
            if (InterfaceFacts.of(name).isEmpty()) {
                throw new IllegalArgumentException("there is no interface \"" + name + "\"");
            }
        }
        Settings settings = Doctor.settings();
        return begin(
                settings,
                Doctor.isLinux() ? Remedies.ofLinux(settings, interfaces) : Remedies.ofFreeBsd(settings),
                PrivateFolder.runtime(),
                told);
    }

    static Mending begin(Settings settings, List<Change> changes, Path folder, Consumer<String> told)
            throws IOException {
        HeldLock lock = lock(folder);
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            lock.close();
            throw new IOException("changes of a tlem doctor --fix that was killed are still in force;"
                    + " tlem doctor --undo takes them back");
        }
        Mending mending = new Mending(settings, file, lock, told, List.of());
        try {
            for (Change change : changes) {
                mending.make(change);
            }
            return mending;
        } catch (IOException | RuntimeException e) {
            mending.close();
            throw e;
        }
    }

    /**
     * Takes back what a process has changed that was killed.
     *
     * @param told of each change, in a line
     * @return how many changes were left behind; negative when not all of them could be taken back
     * @throws IOException with one line, when that process still runs, or the old values cannot be read
     */
    public static int undo(Consumer<String> told) throws IOException {
        return undo(Doctor.settings(), PrivateFolder.runtime(), told);
    }

    static int undo(Settings settings, Path folder, Consumer<String> told) throws IOException {
        HeldLock lock = lock(folder);
        Path file = folder.resolve(FILE);
        List<Change> left = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                Change.of(line).ifPresent(left::add);
            }
        }
        Mending mending = new Mending(settings, file, lock, told, left);
        mending.close();
        return mending.isComplete() ? left.size() : -left.size();
    }

    private static HeldLock lock(Path folder) throws IOException {
        Optional<HeldLock> lock = HeldLock.tryTake(folder.resolve(LOCK));
        return lock.orElseThrow(
                () -> new IOException("another tlem doctor --fix runs: its end takes back what it has changed"));
    }

    private void make(Change change) throws IOException {
        remember(change);
        inForce.add(change);
        String problem = settings.write(change.kind(), change.target(), change.wanted());
        if (problem.isEmpty()) {
            told.accept("changed   " + change.what() + ": " + change.old() + " -> " + change.wanted());
        } else {
            inForce.removeLast();
            complete = false;
            told.accept("unchanged " + change.what() + ": " + problem);
        }
    }

    /** On the disk, or what stands for it, before anything is different. */
    private void remember(Change change) throws IOException {
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer line = ByteBuffer.wrap((change.line() + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                int ignored = out.write(line);
            }
            out.force(true);
        }
    }

    /** How many changes are in force. */
    public int count() {
        return inForce.size();
    }

    /** Whether everything that was to be changed, or taken back, was. */
    public boolean isComplete() {
        return complete && undone;
    }

    /** After {@link #close}: whether everything that was changed was taken back. */
    public boolean isUndone() {
        return undone;
    }

    /** Puts back all that is still as it was made, the last change first. A second time does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Change change : inForce.reversed()) {
            undone &= takeBack(change);
        }
        try {
            if (undone) {
                boolean ignored = Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            undone = false;
            told.accept(file + " cannot be removed: " + e.getMessage());
        } finally {
            lock.close();
        }
    }

    private boolean takeBack(Change change) {
        Optional<String> now = settings.read(change.kind(), change.target());
        if (now.isEmpty()) {
            told.accept("gone      " + change.what());
            return true; // as an interface may be
        }
        if (now.get().equals(change.old())) {
            return true; // it was never changed, or somebody has done it
        }
        if (!now.get().equals(change.wanted())) {
            told.accept("left      " + change.what() + ": somebody has made it " + now.get());
            return true;
        }
        String problem = settings.write(change.kind(), change.target(), change.old());
        told.accept(
                problem.isEmpty()
                        ? "undone    " + change.what() + ": " + change.wanted() + " -> " + change.old()
                        : "not undone " + change.what() + ": " + problem);
        return problem.isEmpty();
    }
}
