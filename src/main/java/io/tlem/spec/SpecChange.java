package io.tlem.spec;

import java.util.LinkedHashMap;
import java.util.Map;

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
}
