package io.tlem.port.pcap;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/** How captures are packed: told from their first bytes where they are read, and from their names where they are written. */
enum Packing {
    GZIP(".gz") {
        @Override
        boolean begins(int start) {
            return (start & 0xffff) == 0x8b1f;
        }

        @Override
        InputStream unpack(InputStream packed) throws IOException {
            return new GZIPInputStream(packed, BUFFER_BYTES);
        }

        @Override
        OutputStream pack(OutputStream out) throws IOException {
            return new GZIPOutputStream(out, BUFFER_BYTES);
        }
    },

    /** By the library that is written in C, which is loaded when somebody needs it. */
    ZSTD(".zst") {
        @Override
        boolean begins(int start) {
            return start == 0xfd2fb528 || (start & 0xffff_fff0) == 0x184d2a50; // a frame, or one that is passed over
        }

        @Override
        InputStream unpack(InputStream packed) throws IOException {
            try {
                return new ZstdInputStreamNoFinalizer(packed);
            } catch (LinkageError e) {
                throw notLoaded(e);
            }
        }

        @Override
        OutputStream pack(OutputStream out) throws IOException {
            try {
                return new ZstdOutputStreamNoFinalizer(out).setChecksum(true);
            } catch (LinkageError e) {
                throw notLoaded(e);
            }
        }
    };

    private static final int BUFFER_BYTES = 1 << 16;

    private final String ending;

    Packing(String ending) {
        this.ending = ending;
    }

    private static IOException notLoaded(LinkageError e) {
        Throwable reason = e.getCause() == null ? e : e.getCause();
        return new IOException("zstd cannot be used: Java could not load its library: " + reason.getMessage(), e);
    }

    /** Whether what begins with these four bytes, the first the lowest, is packed so. */
    abstract boolean begins(int start);

    /** @throws IOException when it does not begin as it should, for which {@link #isDamage} tells, or cannot be read */
    abstract InputStream unpack(InputStream packed) throws IOException;

    /** @throws IOException when nothing can be written */
    abstract OutputStream pack(OutputStream out) throws IOException;

    /** How a file is packed that begins with these four bytes, the first the lowest. */
    static Optional<Packing> ofStart(int start) {
        return Arrays.stream(values()).filter(packing -> packing.begins(start)).findFirst();
    }

    /** How a file of this name is to be packed. */
    static Optional<Packing> ofName(String name) {
        return Arrays.stream(values())
                .filter(packing -> name.endsWith(packing.ending))
                .findFirst();
    }

    /** What names of packed files end in. */
    String ending() {
        return ending;
    }

    /** Whether this says that what was packed is damaged, not that the system could not read it. */
    static boolean isDamage(IOException e) {
        return e instanceof ZipException || e instanceof EOFException || e instanceof ZstdIOException;
    }
}
