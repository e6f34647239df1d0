package io.tlem.web;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.spec.Preset;
import io.tlem.spec.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a link can be made of, as the models describe themselves: what forms are made of. */
final class ModelListing {
    private ModelListing() {}

    /** Every role with its kinds of models, and what else can change. */
    static Map<String, Object> models() {
        List<Object> roles = new ArrayList<>();
        for (Role role : Role.values()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("role", role.label());
            one.put("description", role.description());
            one.put("usual_kind", role.usualKind());
            one.put("kinds", Models.kinds(role).stream().map(ModelListing::kind).toList());
            roles.add(one);
        }
        List<Object> settings = new ArrayList<>();
        for (Setting<?> setting : Setting.all()) {
            // Not a folder of models: a field is checked while it is written, and would load whatever is half written
            // there.
            if (setting.mayChange() && setting.role().isEmpty() && !setting.isFile()) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("setting", setting.key());
                one.put("parameter", setting.parameter());
                one.put("description", setting.description());
                one.put("each_way", setting.isEachWay());
                settings.add(one);
            }
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("roles", roles);
        all.put("settings", settings);
        return all;
    }

    private static Map<String, Object> kind(ModelKind kind) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("kind", kind.name());
        one.put("usage", kind.usage());
        one.put("summary", kind.summary());
        one.put("example", kind.example());
        one.put(
                "parameters",
                kind.parameters().stream().map(ModelListing::parameter).toList());
        return one;
    }

    private static Map<String, Object> parameter(Parameter parameter) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("name", parameter.name());
        one.put("unit", parameter.unit().label());
        one.put("description", parameter.description());
        one.put("repeated", parameter.repeated());
        one.put("required", parameter.defaultText().isEmpty());
        parameter.defaultText().ifPresent(text -> one.put("default", text));
        return one;
    }

    /** Every preset. */
    static Map<String, Object> presets() {
        List<Object> presets = new ArrayList<>();
        for (Preset preset : Preset.all()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", preset.name());
            one.put("summary", preset.summary());
            one.put("sources", preset.sources());
            presets.add(one);
        }
        return Map.of("presets", presets);
    }
}
