package io.tlem.web;

import io.tlem.ledger.LedgerPage;
import io.tlem.ledger.RowFilter;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.text.Shown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens pages of a running link's ledger, as far as it is written. Any thread. */
final class LedgerQueries {
    private static final String LIMIT = "limit";
    private static final String AFTER = "after";
    private static final int USUAL_LIMIT = 1000;
    private static final int MOST_ROWS = 100_000;

    private LedgerQueries() {}

    /**
     * Opens a page.
     *
     * @param query of the request, as it came; null for none
     * @throws Reply.Refusal when there is none
     * @throws IllegalArgumentException with one line, when a value is not acceptable
     */
    static LedgerPage open(LinkSpec spec, String query) throws IOException {
        LedgerFile file = spec.find(Setting.LEDGER)
                .orElseThrow(() -> Reply.refusal(Reply.NOT_FOUND, "the link keeps no ledger (--ledger FILE)"));
        if (file.format() != LedgerFile.Format.BINARY) {
            throw Reply.refusal(
                    Reply.CONFLICT,
                    "the ledger is written as " + file.format().label()
                            + "; only one in the format binary can be asked");
        }
        List<String> possible = new ArrayList<>(RowFilter.KEYS);
        possible.addAll(List.of(LIMIT, AFTER));
        Map<String, String> given = Query.of(query, possible);
        RowFilter filter = new RowFilter(key -> Optional.ofNullable(given.get(key)), "");
        int limit = limit(given.getOrDefault(LIMIT, Integer.toString(USUAL_LIMIT)));
        LedgerPage page = open(file.file(), filter, limit);
        if (given.containsKey(AFTER)) {
            try {
                page.beginAt(given.get(AFTER));
            } catch (IllegalArgumentException e) {
                page.close();
                throw new IllegalArgumentException(AFTER + " " + e.getMessage(), e);
            } catch (IOException | RuntimeException e) {
                page.close();
                throw e;
            }
        }
        return page;
    }

    private static LedgerPage open(Path file, RowFilter filter, int limit) {
        try {
            return new LedgerPage(file, filter, limit);
        } catch (IllegalArgumentException e) {
            throw Reply.refusal(Reply.CONFLICT, "the ledger " + e.getMessage());
        } catch (IOException e) {
            throw Reply.refusal(Reply.CONFLICT, "the ledger cannot be read: " + e.getMessage());
        }
    }

    private static int limit(String text) {
        if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MOST_ROWS) {
            throw new IllegalArgumentException(
                    LIMIT + " " + Shown.quoted(text) + " is not a whole number from 1 to " + MOST_ROWS);
        }
        return Integer.parseInt(text);
    }
}
