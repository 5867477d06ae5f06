package org.align4j.core.adapter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.StrictJson;

/**
 * {@code adapter_config.json} as Hugging Face's PEFT writes it. A field whose effect is not supported is refused by name unless it is off.
 *
 * @param lora        what it says of the adapter
 * @param fanInFanOut whether the base stores its matrices [in, out]; as in PEFT the model decides when an adapter is read
 * @param baseModel   name or path of the base, or null
 */
record PeftConfig(LoraConfig lora, boolean fanInFanOut, String baseModel) {
    static final String NAME = "adapter_config.json";
    private static final Set<String> READ = Set.of("peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora",
            "fan_in_fan_out", "bias", "base_model_name_or_path", "init_lora_weights");
    /** Of no effect on a finished adapter. */
    private static final Set<String> IGNORED = Set.of("inference_mode", "revision", "peft_version", "auto_mapping", "megatron_core", "qalora_group_size", "eva_config",
            "layers_pattern", "runtime_config");
    /** Ways to draw A and B that leave the base as it is; the others change the base too. */
    private static final Set<String> PLAIN_STARTS = Set.of("true", "false", "null", "gaussian", "eva", "orthogonal");

    static PeftConfig parse(byte[] json, Path file) {
        Map<String, Object> map = StrictJson.object(json, file.toString());
        map.forEach((name, value) -> {
            if (!READ.contains(name) && !IGNORED.contains(name) && !off(value)) {
                throw refused(file, name, value, "which is not supported; only plain LoRA, rsLoRA and DoRA adapters are");
            }
        });
        expect(file, map, "peft_type", "LORA", true);
        expect(file, map, "task_type", "CAUSAL_LM", false);
        expect(file, map, "bias", "none", false);
        if (!PLAIN_STARTS.contains(String.valueOf(map.get("init_lora_weights")))) {
            throw refused(file, "init_lora_weights", map.get("init_lora_weights"),
                    "with which the base was changed as well; convert the adapter with PEFT to one of the unchanged base");
        }
        LoraConfig lora;
        try {
            lora = new LoraConfig((int) integer(file, map, "r"), number(file, map, "lora_alpha", null), number(file, map, "lora_dropout", 0.0),
                    targets(file, map.get("target_modules")), flag(file, map, "use_rslora"), flag(file, map, "use_dora"));
        } catch (UserException e) {
            throw e.getMessage().startsWith(file.toString()) ? e : new UserException(file + ": " + e.getMessage(), e);
        }
        Object base = map.get("base_model_name_or_path");
        return new PeftConfig(lora, flag(file, map, "fan_in_fan_out"), base instanceof String s ? s : null);
    }

    String toJson() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("base_model_name_or_path", baseModel);
        map.put("bias", "none");
        map.put("fan_in_fan_out", fanInFanOut);
        map.put("inference_mode", true);
        map.put("init_lora_weights", true);
        map.put("layers_pattern", null);
        map.put("layers_to_transform", null);
        map.put("lora_alpha", lora.alpha() == Math.rint(lora.alpha()) ? (Object) (long) lora.alpha() : lora.alpha());
        map.put("lora_dropout", lora.dropout());
        map.put("modules_to_save", null);
        map.put("peft_type", "LORA");
        map.put("r", (long) lora.rank());
        map.put("rank_pattern", Map.of());
        map.put("alpha_pattern", Map.of());
        map.put("revision", null);
        map.put("target_modules", lora.targets());
        map.put("task_type", "CAUSAL_LM");
        map.put("use_dora", lora.dora());
        map.put("use_rslora", lora.rsLora());
        return StrictJson.write(map, 2) + "\n";
    }

    /** Whether a value says that a feature is not used. */
    private static boolean off(Object value) {
        return value == null || Boolean.FALSE.equals(value) || value instanceof List<?> l && l.isEmpty() || value instanceof Map<?, ?> m && m.isEmpty();
    }

    private static void expect(Path file, Map<String, Object> map, String name, String wanted, boolean required) {
        Object found = map.get(name);
        if (required || found != null) {
            if (!wanted.equals(found)) {
                throw refused(file, name, found, "but only \"" + wanted + "\" is supported");
            }
        }
    }

    private static UserException refused(Path file, String name, Object value, String why) {
        return new UserException(file + ": " + name + " is " + StrictJson.write(value, 0) + ", " + why + ".");
    }

    private static long integer(Path file, Map<String, Object> map, String name) {
        if (map.get(name) instanceof Long n && n == n.intValue()) {
            return n;
        }
        throw refused(file, name, map.get(name), "but a whole number is required");
    }

    private static double number(Path file, Map<String, Object> map, String name, Double absent) {
        if (map.get(name) instanceof Number n) {
            return n.doubleValue();
        }
        if (map.get(name) == null && absent != null) {
            return absent;
        }
        throw refused(file, name, map.get(name), "but a number is required");
    }

    private static boolean flag(Path file, Map<String, Object> map, String name) {
        Object v = map.get(name);
        if (v == null || v instanceof Boolean) {
            return Boolean.TRUE.equals(v);
        }
        throw refused(file, name, v, "but true or false is required");
    }

    /** PEFT keeps a set: it writes names in any order. A text other than all-linear is a regular expression there. */
    private static List<String> targets(Path file, Object value) {
        if (LoraConfig.ALL_LINEAR.equals(value)) {
            return List.of(LoraConfig.ALL_LINEAR);
        }
        if (value instanceof List<?> list && !list.isEmpty() && list.stream().allMatch(String.class::isInstance)) {
            return new ArrayList<>(new TreeSet<>(list.stream().map(String.class::cast).toList()));
        }
        throw refused(file, "target_modules", value, "but a list of names or \"" + LoraConfig.ALL_LINEAR + "\" is required; regular expressions are not supported");
    }
}
