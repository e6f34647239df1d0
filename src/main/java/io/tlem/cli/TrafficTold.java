package io.tlem.cli;

import io.tlem.report.TrafficNumbers;
import io.tlem.stats.Traffic;
import java.util.function.Supplier;

/**
 * What is told of a link that only serves to generate or to receive, instead of what the link does.
 *
 * @param kind of numbers that there are
 * @param start a line before it starts
 * @param measured asked once, when the link has ended
 */
record TrafficTold(TrafficNumbers.Kind kind, String start, Supplier<Traffic> measured) {}
