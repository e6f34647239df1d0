package io.tlem.spec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Changes of a running link as they are written: parts of a configuration, which {@link SpecReader#changed} takes. */
public final class SpecChange {
    private SpecChange() {}

    /**
     * What of a direction can change while a link runs, as it is, by key: its models, and what goes for the whole link.
     *
     * @param direction 0 is A to B, 1 is B to A
     */
    public static Map<String, Object> changeable(LinkSpec spec, int direction) {
        Map<String, Object> tree = SpecWriter.tree(spec.direction(direction).values());
        tree.putAll(SpecWriter.tree(spec.values()));
        tree.keySet().removeIf(key -> !Setting.withKey(key).orElseThrow().mayChange());
        return tree;
    }

    /**
     * A part of a configuration that makes a direction of one link that of another, as {@link SpecReader#changed} takes it.
     *
     * @param direction 0 is A to B, 1 is B to A
     */
    public static Map<String, Object> between(LinkSpec from, LinkSpec to, int direction) {
        Map<String, Object> before = changeable(from, direction);
        Map<String, Object> after = changeable(to, direction);
        Map<String, Object> section = new LinkedHashMap<>();
        Map<String, Object> change = new LinkedHashMap<>();
        for (Setting<?> setting : Setting.all()) {
            String key = setting.key();
            Object now = after.getOrDefault(key, Setting.NONE);
            // Models of one's own that are known stay so.
            boolean goes = setting.equals(Setting.MODEL_PATH) && !after.containsKey(key);
            if (!goes && !before.getOrDefault(key, Setting.NONE).equals(now)) {
                (setting.isEachWay() ? section : change).put(key, now);
            }
        }
        if (!section.isEmpty()) {
            change.put(Section.values()[1 + direction].key(), section);
        }
        return change;
    }

    /**
     * A link on which what one change has made different is as it was before that, but for what is not as that change left it any
     * more.
     *
     * @throws ConfigException when that does not go together with what has become different since
     */
    public static LinkSpec takenBack(LinkSpec present, LinkSpec before, LinkSpec after) {
        LinkSpec.Builder builder = present.toBuilder();
        for (Setting<?> setting : Setting.all()) {
            if (setting.mayChange()) {
                if (isToGoBack(setting, present.values(), before.values(), after.values())) {
                    builder.put(setting, before.values().all(setting));
                }
                for (int direction = 0; direction < 2; direction++) {
                    Values earlier = before.direction(direction).values();
                    Values later = after.direction(direction).values();
                    if (isToGoBack(setting, present.direction(direction).values(), earlier, later)) {
                        builder.put(direction, setting, earlier.first(setting));
                    }
                }
            }
        }
        return builder.conclude();
    }

    /**
     * A link on which what is not the same in some links is as in the first one.
     *
     * @throws ConfigException when that does not go together with the rest of it
     */
    public static LinkSpec restored(LinkSpec present, LinkSpec first, List<LinkSpec> links) {
        LinkSpec.Builder builder = present.toBuilder();
        for (Setting<?> setting : Setting.all()) {
            if (differs(setting, first.values(), links.stream().map(LinkSpec::values))) {
                builder.put(setting, first.values().all(setting));
            }
            for (int direction = 0; direction < 2; direction++) {
                int way = direction;
                Values values = first.direction(way).values();
                if (differs(
                        setting,
                        values,
                        links.stream().map(link -> link.direction(way).values()))) {
                    builder.put(way, setting, values.first(setting));
                }
            }
        }
        return builder.conclude();
    }

    private static boolean differs(Setting<?> setting, Values first, Stream<Values> others) {
        return others.anyMatch(values -> !values.all(setting).equals(first.all(setting)));
    }

    private static boolean isToGoBack(Setting<?> setting, Values present, Values before, Values after) {
        return !before.all(setting).equals(after.all(setting))
                && present.all(setting).equals(after.all(setting));
    }
}
