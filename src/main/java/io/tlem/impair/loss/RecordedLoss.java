package io.tlem.impair.loss;

import io.tlem.impair.FileLimits;
import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.SpecException;
import io.tlem.text.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Loses packets as a file says, a character for each packet: 1 is lost, 0 is not. White space and lines that begin with
 * {@code #} are skipped. So a measured loss can be repeated.
 */
final class RecordedLoss implements LossModel {
    private static final int READ_BYTES = 1 << 16;

    private final boolean wraps;
    private long[] lost = new long[64]; // a bit for each packet
    private int packets;
    private int next;

    /**
     * Reads the file.
     *
     * @param wraps whether the first character follows the last; otherwise nothing is lost behind it
     */
    RecordedLoss(Path file, boolean wraps) {
        this.wraps = wraps;
        try (InputStream in = InputFile.open(file)) {
            read(file, in);
        } catch (IOException e) {
            throw new SpecException(file + ": cannot be read: " + e.getMessage());
        }
        if (packets == 0) {
            throw new SpecException(file + ": has no 0 and no 1");
        }
    }

    private void read(Path file, InputStream in) throws IOException {
        byte[] block = new byte[READ_BYTES];
        long line = 1;
        boolean lineBegins = true;
        boolean comment = false;
        for (int length = in.read(block); length > 0; length = in.read(block)) {
            for (int i = 0; i < length; i++) {
                byte character = block[i];
                if (character == '\n') {
                    line++;
                    lineBegins = true;
                    comment = false;
                    continue;
                }
                comment |= lineBegins && character == '#';
                lineBegins = false;
                if (!comment && !isSpace(character)) {
                    append(character, file, line);
                }
            }
        }
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || (character >= '\t' && character <= '\r');
    }

    private void append(byte character, Path file, long line) {
        if (character != '0' && character != '1') {
            String found = character > ' ' && character < 0x7f
                    ? "'" + (char) character + "'"
                    : String.format("byte 0x%02x", character);
            throw new SpecException(file + ":" + line + ": " + found + " is neither 0 nor 1");
        }
        if (packets == FileLimits.PACKETS) {
            throw new SpecException(file + ":" + line + ": there are more than " + FileLimits.PACKETS + " packets");
        }
        int word = packets >>> 6;
        if (word == lost.length) {
            lost = Arrays.copyOf(lost, 2 * word);
        }
        lost[word] |= (character - '0' + 0L) << packets; // the shift takes the low six bits
        packets++;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (next == packets) {
            if (!wraps) {
                return false;
            }
            next = 0;
        }
        boolean loss = (lost[next >>> 6] >>> next & 1) != 0;
        next++;
        return loss;
    }
}
