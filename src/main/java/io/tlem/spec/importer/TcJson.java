package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import io.tlem.spec.Node;
import io.tlem.spec.YamlFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code tc -json qdisc show} prints, as the lines that it prints without. JSON is YAML, so that is read already. */
final class TcJson {
    private static final String LOSS = "loss";

    private TcJson() {}

    /** The words of a line for each qdisc. */
    static List<List<String>> lines(String json) {
        Node.Mapping document =
                YamlFile.parse("JSON", "qdiscs: " + json.replace('\t', ' ').replace('\n', ' '));
        List<List<String>> lines = new ArrayList<>();
        for (Node.Entry entry : document.entries()) {
            List<Node> nodes =
                    entry.value() instanceof Node.Sequence sequence ? sequence.values() : List.of(entry.value());
            for (Node node : nodes) {
                lines.add(line(values(node)));
            }
        }
        return lines;
    }

    private static Map<String, Node> values(Node node) {
        Map<String, Node> values = new LinkedHashMap<>();
        if (node instanceof Node.Mapping mapping) {
            mapping.entries().forEach(entry -> values.put(entry.key().text(), entry.value()));
        }
        return values;
    }

    private static String text(Map<String, Node> values, String key) {
        return values.get(key) instanceof Node.Scalar scalar ? scalar.text() : "";
    }

    private static List<String> line(Map<String, Node> qdisc) {
        String kind = text(qdisc, "kind");
        String handle = text(qdisc, "handle");
        if (kind.isEmpty() || handle.isEmpty()) {
            throw new ConfigException("the JSON is not that of tc qdisc show: there is no kind or no handle");
        }
        List<String> words = new ArrayList<>(List.of("qdisc", kind, handle));
        if (qdisc.containsKey("dev")) {
            words.addAll(List.of("dev", text(qdisc, "dev")));
        }
        if (qdisc.containsKey("parent")) {
            words.addAll(List.of("parent", text(qdisc, "parent")));
        } else {
            words.add("root");
        }
        Map<String, Node> options = values(qdisc.get("options"));
        if (kind.equals("netem")) {
            netem(options, words);
        } else if (kind.equals("tbf")) {
            words.addAll(List.of(
                    "rate", bits(options), "burst", text(options, "burst"), "lat", text(options, "lat") + "us"));
        }
        return words;
    }

    private static void netem(Map<String, Node> options, List<String> words) {
        options.forEach((key, value) -> {
            Map<String, Node> inner = values(value);
            switch (key) {
                case "limit", "gap", "seed" -> {
                    if (!List.of("0", "").contains(text(options, key))) {
                        words.addAll(List.of(key, text(options, key)));
                    }
                }
                case "ecn" -> {
                    if (text(options, key).equals("true")) {
                        words.add(key);
                    }
                }
                case "delay" -> {
                    words.addAll(List.of(key, text(inner, key) + "s", text(inner, "jitter") + "s"));
                    correlation(inner, words);
                }
                case "loss-random" -> {
                    words.addAll(List.of(LOSS, percent(text(inner, LOSS))));
                    correlation(inner, words);
                }
                case "loss-state", "loss-gemodel" -> {
                    words.addAll(List.of(LOSS, key.substring(LOSS.length() + 1)));
                    inner.keySet().forEach(name -> words.add(percent(text(inner, name))));
                }
                case "duplicate", "reorder", "corrupt" -> {
                    words.addAll(List.of(key, percent(text(inner, key))));
                    correlation(inner, words);
                }
                case "rate" -> {
                    words.addAll(List.of(key, bits(inner)));
                    for (String name : List.of("packetoverhead", "cellsize", "celloverhead")) {
                        words.addAll(List.of(name, text(inner, name)));
                    }
                }
                case "slot" -> slot(inner, words);
                default -> words.add(key); // that it is not known is said where words are read
            }
        });
    }

    private static void slot(Map<String, Node> slot, List<String> words) {
        words.add("slot");
        if (slot.containsKey("jitter")) {
            words.addAll(List.of("distribution", text(slot, "distribution") + "s", text(slot, "jitter") + "s"));
        } else {
            words.addAll(List.of(text(slot, "min-delay") + "s", text(slot, "max-delay") + "s"));
        }
        for (String name : List.of("packets", "bytes")) {
            if (slot.containsKey(name)) {
                words.addAll(List.of(name, text(slot, name)));
            }
        }
    }

    private static void correlation(Map<String, Node> values, List<String> words) {
        if (!text(values, "correlation").isEmpty()) {
            words.add(percent(text(values, "correlation")));
        }
    }

    private static String percent(String fraction) {
        return number(fraction).movePointRight(2).toPlainString() + "%";
    }

    /** JSON has bytes a second. */
    private static String bits(Map<String, Node> values) {
        return number(text(values, "rate")).multiply(new BigDecimal(8)).toPlainString() + "bit";
    }

    private static BigDecimal number(String text) {
        return Numbers.withUnit(text, Map.of("", BigDecimal.ONE), "a number in JSON");
    }
}
