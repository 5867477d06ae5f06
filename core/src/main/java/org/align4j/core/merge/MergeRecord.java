package org.align4j.core.merge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.io.internal.StrictJson;

/** What a merged model says of its making: for programs, and as a card for people. */
final class MergeRecord {
    private MergeRecord() {}

    /** Method, settings as they would be written in YAML, and every source with its digests. */
    static Map<String, Object> of(ModelMerge merge, List<Map<String, String>> digests) {
        MergePlan plan = merge.plan();
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("merge_method", plan.method().name());
        Map<String, Object> parameters = new LinkedHashMap<>();
        List<Map<String, Object>> own = parameters(plan, parameters);
        record.put("parameters", parameters);
        int at = 0;
        if (plan.onto().isPresent()) {
            record.put("onto", source(plan.onto().get(), digests.get(at++)));
        }
        if (plan.base().isPresent()) {
            record.put("base_model", source(plan.base().get(), digests.get(at++)));
        }
        List<Object> models = new ArrayList<>();
        for (int i = 0; i < plan.models().size(); i++) {
            Map<String, Object> model = source(plan.models().get(i), digests.get(at++));
            if (!own.get(i).isEmpty()) {
                model.put("parameters", own.get(i));
            }
            models.add(model);
        }
        record.put("models", models);
        merge.tokenizer().ifPresent(t -> record.put("tokenizer_source", t.toString()));
        if (!merge.notCompared().isEmpty()) {
            record.put("tokenizers_not_compared", merge.notCompared());
        }
        plan.dtype().ifPresent(d -> record.put("dtype", d.name()));
        record.put("tensors", (long) merge.tensors());
        record.put("parameter_count", merge.parameters());
        return record;
    }

    /** All settings in one line. */
    static String settings(MergePlan plan) {
        Map<String, Object> all = new LinkedHashMap<>();
        List<Map<String, Object>> own = parameters(plan, all);
        for (String key : own.get(0).keySet()) {
            all.put(key, own.stream().map(m -> m.get(key)).toList());
        }
        return String.join(", ", all.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList());
    }

    /** Settings for all models go into {@code all}; those of each model are returned. */
    private static List<Map<String, Object>> parameters(MergePlan plan, Map<String, Object> all) {
        List<Map<String, Object>> own = new ArrayList<>();
        plan.models().forEach(m -> own.add(new LinkedHashMap<>()));
        if (plan.method() instanceof MergeMethod.Linear m) {
            put(own, "weight", m.weights());
            all.put("normalize", m.normalize());
        } else if (plan.method() instanceof MergeMethod.Slerp m) {
            all.put("t", m.t().toString());
        } else if (plan.method() instanceof MergeMethod.TaskVectors m) {
            put(own, "weight", m.weights());
            sparsity(m.sparsity(), all, own);
            all.put("lambda", m.lambda().toString());
            all.put("normalize", m.normalize());
            m.lines().ifPresent(l -> all.put("lines", lines(l)));
        }
        return own;
    }

    private static Map<String, Object> lines(Lines l) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("alpha", l.alpha());
        m.put("beta", l.beta());
        return m;
    }

    private static void put(List<Map<String, Object>> own, String key, List<LayerSetting> values) {
        for (int i = 0; i < values.size(); i++) {
            own.get(i).put(key, values.get(i).toString());
        }
    }

    private static void sparsity(Sparsity sparsity, Map<String, Object> all, List<Map<String, Object>> own) {
        if (sparsity instanceof Sparsity.Random r) {
            put(own, "density", r.density());
            all.put("rescale", r.rescale());
            all.put("seed", r.seed());
        } else if (sparsity instanceof Sparsity.Middle m) {
            put(own, "density", m.density());
            put(own, "gamma", m.gamma());
        } else if (sparsity instanceof Sparsity.Largest l) {
            put(own, "density", l.density());
        }
    }

    private static Map<String, Object> source(ModelRef ref, Map<String, String> digests) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("model", ref.directory().toString());
        ref.adapter().ifPresent(a -> m.put("adapter", a.toString()));
        m.putAll(digests);
        return m;
    }

    /** {@code README.md}. The licence is left to whoever publishes the model. */
    static String card(MergePlan plan, Map<String, Object> record) {
        StringBuilder b = new StringBuilder("---\nbase_model:\n");
        plan.sources().stream().distinct().forEach(s -> b.append("- ").append(StrictJson.write(s.directory().toString(), 0)).append('\n'));
        b.append("library_name: transformers\ntags:\n- merge\n- align4j\n# license: choose one that the licences of all these models allow\n---\n\n# Merged model\n\n");
        b.append("Merged with Align4J by ").append(plan.method().name()).append(" from\n\n");
        plan.onto().ifPresent(m -> b.append("- `").append(m).append("`, which the task vectors are added to\n"));
        plan.base().ifPresent(m -> b.append("- `").append(m).append("`, the base\n"));
        plan.models().forEach(m -> b.append("- `").append(m).append("`\n"));
        return b.append("\n```json\n").append(StrictJson.write(record, 2)).append("\n```\n").toString();
    }
}
