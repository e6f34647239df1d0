package io.tlem.stats;

/**
 * What came of a recording.
 *
 * @param file its name
 * @param packets that are in it
 * @param lost packets, or notes of packets, that are not, because it could not be written fast enough
 */
public record RecordCounts(String file, long packets, long lost) {}
