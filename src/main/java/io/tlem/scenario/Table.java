package io.tlem.scenario;

import io.tlem.impair.FileLimits;
import io.tlem.impair.Models;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.SpecLines;
import io.tlem.impair.Units;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.text.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values over time from a CSV file. Its first line names the columns, each perhaps with a unit for its numbers that have none, as in
 * {@code time[ms],rate[Mbit/s],delay[ms],loss[%]}; an empty cell leaves what is. One with a comma stands in quotation marks.
 *
 * @param file where it stands
 * @param rows at least one, in the order of time
 */
record Table(Path file, List<Row> rows) {
    private static final String TIME = "time";
    private static final String DELAY = "delay";
    private static final String JITTER = "jitter";
    private static final String ROUTE = "route";
    private static final Pattern CELL = Pattern.compile("\\G\\s*(?:\"([^\"]*)\"|([^,\"]*?))\\s*(,|$)");
    private static final Pattern NUMBER = Pattern.compile("[^,]*[0-9]");
    private static final Pattern COLUMN = Pattern.compile("([a-z]+)(?:\\[([^\\]]+)\\])?");

    private static final Pattern ROUTE_ID = Pattern.compile("[0-9]+");

    /** Columns that are models' specifications by themselves. */
    private static final Map<String, Role> ROLES =
            Map.of("rate", Role.BANDWIDTH, "loss", Role.LOSS, "queue", Role.QUEUE, "duplication", Role.DUPLICATE);

    private static final List<String> COLUMNS =
            List.of(TIME, "rate", DELAY, JITTER, "loss", "queue", "duplication", ROUTE);

    /**
     * Models from a time on.
     *
     * @param nanos since the beginning of the table
     */
    record Row(long nanos, Map<Role, String> models) {
        LinkSpec apply(LinkSpec link, List<Integer> directions) {
            LinkSpec after = link;
            for (int direction : directions) {
                for (Map.Entry<Role, String> model : models.entrySet()) {
                    after = after.with(direction, Setting.of(model.getKey()), model.getValue());
                }
            }
            return after;
        }
    }

    /** A column of the file. */
    private record Column(String name, String unit) {
        String value(String cell) {
            return NUMBER.matcher(cell).matches() ? cell + unit : cell;
        }
    }

    /**
     * Reads a file.
     *
     * @param speed by which all its times are divided
     * @throws SpecException naming file and line
     */
    static Table read(Path file, double speed) {
        try (SpecLines lines = new SpecLines(file, FileLimits.LINES)) {
            List<Column> columns = columns(lines);
            List<Row> rows = new ArrayList<>();
            Set<String> known = new HashSet<>(); // each model is checked once
            for (String line = lines.nextContent(); line != null; line = lines.nextContent()) {
                Row row = row(lines, columns, line, speed, known);
                if (!rows.isEmpty() && row.nanos() <= rows.getLast().nanos()) {
                    throw lines.error("the time is not after the one before it");
                }
                if (row.nanos() > ScenarioReader.MOST_NANOS) {
                    throw lines.error("the time is too long; a scenario is at most 50 years long");
                }
                rows.add(row);
            }
            if (rows.isEmpty()) {
                throw lines.fileError("there is no line below the names of the columns");
            }
            return new Table(file, rows);
        }
    }

    private static List<Column> columns(SpecLines lines) {
        String header = lines.nextContent();
        List<Column> columns = new ArrayList<>();
        for (String word : (header == null ? "" : header).split(",", -1)) {
            Matcher column = COLUMN.matcher(word.strip());
            if (!column.matches() || !COLUMNS.contains(column.group(1))) {
                throw lines.error(
                        SpecLines.quote(word.strip()) + " is no column" + Nearest.hint(word.strip(), COLUMNS));
            }
            if (columns.stream().anyMatch(one -> one.name().equals(column.group(1)))) {
                throw lines.error("the column " + column.group(1) + " is there twice");
            }
            columns.add(new Column(column.group(1), column.group(2) == null ? "" : column.group(2)));
        }
        List<String> names = columns.stream().map(Column::name).toList();
        if (!names.contains(TIME) || names.size() == 1) {
            throw lines.error("a table needs the column time and another one");
        }
        if (names.contains(JITTER) && !names.contains(DELAY)) {
            throw lines.error("the column jitter needs the column delay");
        }
        return columns;
    }

    private static Row row(SpecLines lines, List<Column> columns, String line, double speed, Set<String> known) {
        List<String> cells = cells(lines, line);
        if (cells.size() != columns.size()) {
            throw lines.error("expected " + columns.size() + " values, found " + cells.size());
        }
        long nanos = 0;
        String delay = "";
        String jitter = "";
        Map<Role, String> models = new EnumMap<>(Role.class);
        for (int i = 0; i < cells.size(); i++) {
            String value = columns.get(i).value(cells.get(i));
            switch (columns.get(i).name()) {
                case TIME -> nanos = Math.round(lines.parsed(value, Units::parseMoment) / speed);
                case DELAY -> delay = value;
                case JITTER -> jitter = value;
                case ROUTE -> put(lines, models, Role.REORDER, route(value), known);
                default -> put(lines, models, ROLES.get(columns.get(i).name()), value, known);
            }
        }
        if (jitter.isEmpty()) {
            put(lines, models, Role.DELAY, delay, known);
        } else if (delay.isEmpty()) {
            throw lines.error("a jitter needs a delay");
        } else {
            put(lines, models, Role.DELAY, "netem," + delay + "," + jitter, known);
        }
        return new Row(nanos, models);
    }

    private static List<String> cells(SpecLines lines, String line) {
        List<String> cells = new ArrayList<>();
        Matcher cell = CELL.matcher(line);
        boolean more = true;
        while (more) {
            if (!cell.find()) {
                throw lines.error("a quotation mark is around a whole value, or missing");
            }
            cells.add(cell.group(1) == null ? cell.group(2) : cell.group(1));
            more = !cell.group(3).isEmpty();
        }
        return cells;
    }

    /** A number is that of a route; anything else is a reordering as on the command line, such as jitter. */
    private static String route(String value) {
        return ROUTE_ID.matcher(value).matches() ? "route," + value : value;
    }

    private static void put(SpecLines lines, Map<Role, String> models, Role role, String text, Set<String> known) {
        if (text.isEmpty()) {
            return;
        }
        if (known.add(role + text)) {
            String ignored = lines.parsed(text, value -> {
                Models.check(role, value);
                return value;
            });
            if (role == Role.BANDWIDTH && lines.parsed(text, Table::isUnlimited)) {
                throw lines.error("a rate of 0 is no limit here; a time without a link is a loss of 100%");
            }
        }
        models.put(role, text);
    }

    private static boolean isUnlimited(String text) {
        return Models.given(Role.BANDWIDTH, text).stream()
                .anyMatch(given -> given.value().matches("0[a-zA-Z/]*"));
    }

    /** The rows, but for those up to a time one that says what they have said together. */
    List<Row> rowsFrom(long nanos) {
        int passed = 0;
        Map<Role, String> said = new EnumMap<>(Role.class);
        while (passed < rows.size() && rows.get(passed).nanos() <= nanos) {
            said.putAll(rows.get(passed++).models());
        }
        if (passed < 2) {
            return rows;
        }
        List<Row> left = new ArrayList<>(rows.subList(passed, rows.size()));
        left.addFirst(new Row(rows.get(passed - 1).nanos(), said));
        return left;
    }

    /** The file, and those that models in it name. */
    List<Path> files() {
        List<Path> files = new ArrayList<>(List.of(file));
        for (Row row : rows) {
            row.models().forEach((role, text) -> files.addAll(Models.files(role, text)));
        }
        return files;
    }

    /** Few rows that stand for all: the first one, and one with the largest value of each column. */
    List<Row> extremes() {
        Map<Role, String> largest = new EnumMap<>(Role.class);
        for (Row row : rows) {
            row.models()
                    .forEach((role, text) ->
                            largest.merge(role, text, (a, b) -> weight(role, b) > weight(role, a) ? b : a));
        }
        return List.of(rows.getFirst(), new Row(rows.getLast().nanos(), largest));
    }

    private static double weight(Role role, String text) {
        return Models.given(role, text).stream()
                .mapToDouble(given -> Blend.isNumber(given.parameter())
                        ? Blend.number(given.parameter().unit(), given.value())
                        : 0)
                .sum();
    }
}
