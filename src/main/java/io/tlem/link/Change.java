package io.tlem.link;

/**
 * From where on other models are in force.
 *
 * @param packetNumber the first packet about which they decide; packets are numbered from 0 as they are received
 * @param nanos when they took over, ns of the pipeline's clock: nothing that waited then for its turn is decided before
 */
public record Change(long packetNumber, long nanos) {}
