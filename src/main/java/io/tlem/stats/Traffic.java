package io.tlem.stats;

import java.util.Optional;

/**
 * What a command that generates or receives has measured.
 *
 * @param sent by it
 * @param received by it
 */
public record Traffic(Optional<SentTraffic> sent, Optional<ReceivedTraffic> received) {
    /** Nothing. */
    public static final Traffic NONE = new Traffic(Optional.empty(), Optional.empty());

    /** Of what was generated. */
    public static Traffic of(SentTraffic sent) {
        return new Traffic(Optional.of(sent), Optional.empty());
    }

    /** Of what was received. */
    public static Traffic of(ReceivedTraffic received) {
        return new Traffic(Optional.empty(), Optional.of(received));
    }
}
