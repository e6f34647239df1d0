package io.tlem.stats;

import java.util.Map;

/**
 * What was received of generated packets.
 *
 * @param all streams together
 * @param streams each by its number
 * @param foreign packets that nobody had generated
 * @param damaged packets that had been generated, whose checksum was wrong
 */
public record ReceivedTraffic(StreamTraffic all, Map<Integer, StreamTraffic> streams, long foreign, long damaged) {}
