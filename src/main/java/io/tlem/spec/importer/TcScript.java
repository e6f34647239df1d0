package io.tlem.spec.importer;

import io.tlem.spec.ConfigException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Imports commands of tc, alone or a whole script of them, and what {@code tc qdisc show} and {@code tc class show} print, also
 * with statistics or as JSON. A netem and the tbf or the class of htb that it is a child or the parent of become one
 * direction; two devices, each with a netem, become both.
 */
public final class TcScript {
    /** In the order in which tc compares them, as the next ones: that decides what an abbreviation means. */
    private static final List<String> TC_OPTIONS = List.of(
            "-stats",
            "-statistics",
            "-details",
            "-raw",
            "-pretty",
            "-graph",
            "-Version",
            "-iec",
            "-help",
            "-force",
            "-batch",
            "-netns",
            "-Numeric",
            "-names",
            "-nm",
            "-cf",
            "-conf",
            "-color",
            "-timestamp",
            "-tshort",
            "-json",
            "-oneline",
            "-brief",
            "-echo");

    private static final Set<String> WITH_VALUE = Set.of("-batch", "-netns", "-cf", "-conf");
    private static final List<String> OBJECTS =
            List.of("qdisc", "class", "filter", "chain", "actions", "monitor", "exec", "help");
    private static final List<String> COMMANDS =
            List.of("add", "change", "replace", "link", "delete", "show", "list", "lst", "help");
    private static final Set<String> STAB = Set.of("overhead", "linklayer", "mpu", "mtu", "tsize", "size", "data");
    private static final Set<String> STATISTICS =
            Set.of("Sent", "backlog", "lended:", "tokens:", "rate", "deficit", "maxpacket");
    private static final Set<String> PRINTERS = Set.of("echo", "printf", "man", "which", "type");
    private static final int MOST_NOTES = 20;

    /** A qdisc or a class; {@code options} are its words, of which netem's are read at the end. */
    private record Node(String kind, String device, String parent, String handle, Words options, String line) {}

    private final Tables tables;
    private final List<Node> qdiscs = new ArrayList<>();
    private final List<Node> classes = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private final List<String> leftOut = new ArrayList<>();

    private TcScript(Tables tables) {
        this.tables = tables;
    }

    /**
     * Reads commands.
     *
     * @param texts words of one, or texts of several
     * @return one direction, or two
     * @throws ConfigException when tc would not take it either, or it is not about one netem a device
     */
    public static List<Imported> read(List<String> texts, Tables tables) {
        TcScript script = new TcScript(tables);
        String all = String.join(" ", texts).strip();
        if (all.startsWith("[") || all.startsWith("{")) {
            TcJson.lines(all).forEach(words -> script.read(words, false));
        } else {
            List<List<String>> commands = Shell.commands(texts);
            if (commands.isEmpty()) {
                throw new ConfigException("nothing follows tc");
            }
            commands.forEach(words -> script.read(words, commands.size() == 1));
        }
        return script.conclude();
    }

    private void read(List<String> all, boolean alone) {
        int tc = programAt(all);
        if (tc < 0 && readQuoted(all)) {
            return;
        }
        Words words = new Words(all.subList(tc + 1, all.size()));
        if (tc < 0) {
            boolean isObject = words.peek().equals("netem")
                    || words.peek().equals("qdisc")
                    || words.peek().equals("class");
            if (!isObject && alone) {
                throw new ConfigException("'" + String.join(" ", all) + "' is no command of tc");
            }
            if (!isObject) {
                ignored(all);
                return;
            }
        } else {
            takeOptions(words);
            if (!words.hasNext() && !alone) {
                return;
            }
        }
        if (words.takeIf("netem")) {
            put(qdiscs, new Node("netem", "", "root", "", words, String.join(" ", all)));
            return;
        }
        String word = words.value("tc");
        String object = Words.abbreviated(word, OBJECTS);
        boolean known = object.equals("qdisc") || object.equals("class");
        if (!known && alone) {
            throw Words.unknown(word, List.of("qdisc"));
        } else if (!known) {
            ignored(all);
        } else if (words.isHandleNext(1)) {
            shown(object, words, all);
        } else {
            modified(object, words, all, alone);
        }
    }

    /** A script's command that runs tc may have any other in front; a quoted one may be a word of it. */
    private static int programAt(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            boolean isTc = word.substring(word.lastIndexOf('/') + 1).equals("tc");
            boolean isName = i + 1 < words.size() && words.get(i + 1).endsWith("tc"); // docker exec tc tc ...
            if (isTc && !isName && !PRINTERS.contains(words.get(0))) {
                return i;
            }
        }
        return -1;
    }

    /** Commands for another shell, as of {@code sh -c 'tc ...'}. */
    private boolean readQuoted(List<String> words) {
        for (String word : words) {
            if (word.contains("tc ") && !PRINTERS.contains(words.get(0))) {
                Shell.commands(List.of(word)).forEach(inner -> read(inner, false));
                return true;
            }
        }
        return false;
    }

    private void ignored(List<String> words) {
        if (!STATISTICS.contains(words.get(0)) && notes.size() < MOST_NOTES) {
            notes.add("Not read: " + String.join(" ", words));
        }
    }

    private static void takeOptions(Words words) {
        while (words.peek().startsWith("-")) {
            String word = words.take();
            if (WITH_VALUE.contains(Words.abbreviated(word, TC_OPTIONS))) {
                words.value(word);
            }
        }
    }

    /** A line of what tc shows. */
    private void shown(String object, Words words, List<String> all) {
        notes.add("tc shows three digits of a number and no distribution: what was set may differ.");
        String kind = words.take();
        String handle = words.take();
        String device = "";
        String parent = "";
        while (true) {
            if (words.takeIf("dev")) {
                device = words.value("dev");
            } else if (words.takeIf("parent")) {
                parent = words.value("parent");
            } else if (words.takeIf("refcnt", "leaf", "ingress_block", "egress_block")) {
                words.value(kind);
            } else if (words.takeIf("root")) {
                parent = "root";
            } else if (!words.takeIf("offloaded", "deleted")) {
                break;
            }
        }
        words.cutAt("Sent");
        put(
                object.equals("class") ? classes : qdiscs,
                new Node(kind, device, parent, handle, words, String.join(" ", all)));
    }

    private void modified(String object, Words words, List<String> all, boolean alone) {
        String word = words.value(object);
        String command = Words.abbreviated(word, COMMANDS);
        if (command.isEmpty() || (alone && COMMANDS.indexOf(command) > 3)) {
            throw Words.unknown(word, COMMANDS.subList(0, 4));
        }
        String device = "";
        String parent = "";
        String handle = "";
        String kind = "";
        while (words.hasNext() && kind.isEmpty()) {
            int start = words.position();
            String next = words.take();
            switch (next) {
                case "root" -> parent = "root";
                case "dev" -> device = words.value(next);
                case "parent" -> parent = words.value(next);
                case "handle", "classid" -> handle = words.value(next);
                case "ingress_block", "egress_block" -> {
                    words.value(next);
                    notes.add(words.since(start) + " says which filters there are, not what the link does.");
                }
                default -> {
                    if (next.length() > 0 && "estimator".startsWith(next)) {
                        words.value(next);
                        words.value(next);
                        notes.add(words.since(start) + " measures, and changes nothing.");
                    } else if (next.length() > 0 && "stab".startsWith(next)) {
                        while (STAB.contains(words.peek())) {
                            words.value(words.take());
                        }
                        leftOut.add(
                                words.since(start) + ": packets' lengths cannot be changed before they are counted");
                    } else {
                        kind = next;
                    }
                }
            }
        }
        if (COMMANDS.indexOf(command) < 4) {
            if (alone && object.equals("qdisc") && !kind.equals("netem") && !kind.isEmpty()) {
                throw new ConfigException(
                        "'" + kind + "' where netem was expected; only netem can be imported, with tbf or htb");
            }
            put(
                    object.equals("class") ? classes : qdiscs,
                    new Node(kind, device, parent, handle, words, String.join(" ", all)));
        } else if (command.equals("delete")) {
            String of = device;
            String at = parent;
            qdiscs.removeIf(node -> node.device.equals(of) && (at.equals("root") || node.parent.equals(at)));
            classes.removeIf(node -> node.device.equals(of) && at.equals("root"));
        }
    }

    /** What has the same place is replaced. */
    private static void put(List<Node> nodes, Node node) {
        nodes.removeIf(old -> old.device.equals(node.device)
                && (node.handle.isEmpty() || !old.handle.isEmpty())
                && (old.parent.equals(node.parent) && isSame(old.handle, node.handle)));
        nodes.add(node);
    }

    private List<Imported> conclude() {
        Map<String, Node> netems = new LinkedHashMap<>();
        for (Node node : qdiscs) {
            if (node.kind.equals("netem")) {
                Node other = netems.put(node.device, node);
                if (other != null) {
                    throw new ConfigException((node.device.isEmpty() ? "the device" : node.device)
                            + " has several netem; a link is made of one: give the lines of one");
                }
            }
        }
        if (netems.isEmpty()) {
            throw new ConfigException("there is no netem in the line");
        }
        if (netems.size() > 2) {
            throw new ConfigException("netem on " + String.join(", ", netems.keySet())
                    + "; a link has two directions: give the lines of one device or two");
        }
        List<Imported> directions = new ArrayList<>();
        netems.values().forEach(netem -> directions.add(direction(netem, netems.size() > 1)));
        return directions;
    }

    private Imported direction(Node netem, boolean named) {
        Set<String> lines = new LinkedHashSet<>();
        List<Shaper> shapers = new ArrayList<>();
        List<String> others = new ArrayList<>();
        Node above = netem;
        for (int depth = 0; above != null && depth <= qdiscs.size(); depth++) {
            Node parent = parentOf(above);
            if (parent != null) {
                shaper(parent, above.parent, true, shapers, others, lines);
            }
            above = parent;
        }
        lines.add(netem.line);
        for (Node node : qdiscs) {
            if (!node.equals(netem) && netem.equals(parentOf(node))) {
                shaper(node, "", false, shapers, others, lines);
            }
        }
        Imported imported = new Imported(String.join("\n", lines));
        if (named) {
            imported.note("What leaves " + netem.device + ".");
        }
        notes.forEach(imported::note);
        leftOut.forEach(imported::leaveOut);
        others.forEach(imported::leaveOut);
        for (Shaper more : shapers.subList(Math.min(1, shapers.size()), shapers.size())) {
            imported.leaveOut(more.words(), "a link has one rate");
        }
        TcNetem.read(netem.options, imported, tables, shapers.isEmpty() ? null : shapers.get(0));
        return imported;
    }

    private void shaper(
            Node node, String at, boolean isAbove, List<Shaper> shapers, List<String> others, Set<String> lines) {
        lines.add(node.line);
        if (node.kind.equals("tbf")) {
            Map<String, String> options = pairs(node.options);
            for (String unlike : List.of("peakrate", "overhead", "linklayer")) {
                if (options.containsKey(unlike)) {
                    others.add("tbf " + unlike + " " + options.get(unlike) + ": the bucket has a rate and a burst");
                }
            }
            shapers.add(Shaper.tbf(options, "tbf " + String.join(" ", node.options.all()), isAbove));
        } else if (node.kind.equals("htb")) {
            Node leaf = classOf(node, at);
            if (leaf != null) {
                Map<String, String> options = pairs(leaf.options);
                lines.add(leaf.line);
                shapers.add(
                        Shaper.htb(effective(node, leaf, 0), options, "htb " + String.join(" ", leaf.options.all())));
                notes.add(
                        "htb's class has the link to itself here: it may send at its rate, and up to its ceil what its"
                                + " parents may.");
            }
        } else if (List.of("prio", "mq", "drr", "ets", "hfsc", "multiq", "dsmark")
                .contains(node.kind)) {
            notes.add(node.kind + " sends some packets to netem; here all packets are.");
        } else if (!List.of("pfifo", "bfifo", "noqueue").contains(node.kind)) {
            others.add(node.kind + " " + String.join(" ", node.options.all())
                    + ": only tbf and htb are imported with netem");
        }
    }

    /** What a class may send when nobody else does: its own rate, or what its parents may up to its ceil. */
    private BigInteger effective(Node htb, Node leaf, int depth) {
        Map<String, String> options = pairs(leaf.options);
        if (!options.containsKey("rate")) {
            throw new ConfigException("a class of htb needs rate, as in tc");
        }
        BigInteger rate = TcNetem.rate(options.get("rate"));
        BigInteger ceil = options.containsKey("ceil") ? TcNetem.rate(options.get("ceil")) : rate;
        Node parent = depth > 8 ? null : classOf(htb, leaf.parent);
        return parent == null || parent.equals(leaf) ? rate : rate.max(ceil.min(effective(htb, parent, depth + 1)));
    }

    private Node classOf(Node htb, String id) {
        return classes.stream()
                .filter(node -> node.device.isEmpty() || htb.device.isEmpty() || node.device.equals(htb.device))
                .filter(node -> isSame(node.handle, id))
                .findFirst()
                .orElse(null);
    }

    private Node parentOf(Node node) {
        String major = node.parent.replaceFirst(":.*", ":");
        return qdiscs.stream()
                .filter(other -> !other.equals(node) && other.device.equals(node.device))
                .filter(other -> !other.handle.isEmpty() && isSame(other.handle, major))
                .findFirst()
                .orElse(null);
    }

    /** Handles are hexadecimal, and 1: is 1:0. */
    private static boolean isSame(String a, String b) {
        return canonical(a).equals(canonical(b));
    }

    private static String canonical(String handle) {
        return handle.replaceAll("\\b0+(?=[0-9a-fA-F])", "")
                .replaceFirst(":0$", ":")
                .toLowerCase(java.util.Locale.ROOT);
    }

    private static Map<String, String> pairs(Words options) {
        List<String> words = options.all();
        Map<String, String> pairs = new LinkedHashMap<>();
        for (int i = 0; i + 1 < words.size(); i += 2) {
            pairs.put(words.get(i), words.get(i + 1));
        }
        return pairs;
    }
}
