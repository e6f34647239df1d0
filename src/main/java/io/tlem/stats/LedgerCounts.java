package io.tlem.stats;

/**
 * What came of a ledger.
 *
 * @param file its name
 * @param rows that are in it
 * @param lost entries that are not, or only in part, because it could not be written fast enough
 */
public record LedgerCounts(String file, long rows, long lost) {}
