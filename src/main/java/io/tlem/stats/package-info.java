/** Counters, histograms and the reports made of them. */
package io.tlem.stats;
