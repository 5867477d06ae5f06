package org.align4j.recipes.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one evaluation measured of one model on one item: a row, a prompt, a pair. A line of {@code items/NAME/MODEL.jsonl}.
 *
 * @param id     the same for every model
 * @param group  items that are not independent of each other share it: the answers of one prompt, the turns of one conversation
 * @param values numbers by name
 * @param texts  what a reader may want to see: the prompt, the answer
 */
public record Item(String id, String group, Map<String, Double> values, Map<String, String> texts) {
    public Item {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    }

    /** The number of a name. */
    double value(String name) {
        Double v = values.get(name);
        if (v == null) {
            throw new IllegalArgumentException("Item " + id + " has no value " + name + "; it has " + values.keySet());
        }
        return v;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The same with more numbers. */
    Item with(Map<String, Double> more) {
        Map<String, Double> all = new LinkedHashMap<>(values);
        all.putAll(more);
        return new Item(id, group, all, texts);
    }

    /** As a line of JSON has it. */
    Map<String, Object> json() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("id", id);
        m.put("group", group);
        Map<String, Object> numbers = new LinkedHashMap<>();
        values.forEach((name, v) -> numbers.put(name, Double.isFinite(v) ? v : null));
        m.put("values", numbers);
        m.put("texts", texts);
        return m;
    }
}
