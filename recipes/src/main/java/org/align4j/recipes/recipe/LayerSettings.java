package org.align4j.recipes.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.align4j.core.merge.LayerSetting;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.YamlNode;

/** Settings that may differ from tensor to tensor, as mergekit writes them: a number, numbers over depth, or a list of {@code {filter: …, value: …}}. */
final class LayerSettings {
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d{1,30}(\\.\\d{0,30})?|\\.\\d{1,30})([eE][+-]?\\d{1,3})?");
    private final List<Problem> problems;

    LayerSettings(List<Problem> problems) {
        this.problems = problems;
    }

    /** Empty where a problem was reported. */
    Optional<LayerSetting> read(YamlNode node, String path) {
        int before = problems.size();
        List<LayerSetting.Part> parts = new ArrayList<>();
        if (node instanceof YamlNode.Sequence list && !list.items().isEmpty() && list.items().stream().allMatch(YamlNode.Mapping.class::isInstance)) {
            for (int i = 0; i < list.items().size(); i++) {
                part((YamlNode.Mapping) list.items().get(i), path + "[" + i + "]", parts);
            }
        } else if (node instanceof YamlNode.Mapping one) {
            part(one, path, parts);
        } else {
            numbers(node, path, "").ifPresent(parts::add);
        }
        return problems.size() > before ? Optional.empty() : Optional.of(new LayerSetting(parts));
    }

    private void part(YamlNode.Mapping node, String path, List<LayerSetting.Part> parts) {
        String filter = "";
        YamlNode value = null;
        for (YamlNode.Entry e : node.entries()) {
            if (e.key().equals("value")) {
                value = e.value();
            } else if (e.key().equals("filter") && e.value() instanceof YamlNode.Scalar s && !s.isMissing()) {
                filter = s.isNull() || s.text().equals("*") ? "" : s.text();
            } else {
                problem(e.value(), path + "." + e.key(), e.key().equals("filter") ? path + ".filter must be part of a tensor's name, found " + e.value().describe()
                        : "unknown key '" + e.key() + "' in " + path, "known are filter, value");
            }
        }
        if (value == null) {
            problem(node, path, "missing key 'value' in " + path, "a number, or numbers over the depth of the model");
        } else {
            numbers(value, path + ".value", filter).ifPresent(parts::add);
        }
    }

    private Optional<LayerSetting.Part> numbers(YamlNode node, String path, String filter) {
        List<YamlNode> items = node instanceof YamlNode.Sequence list ? list.items() : List.of(node);
        List<Double> values = new ArrayList<>();
        for (YamlNode item : items) {
            if (item instanceof YamlNode.Scalar s && s.plain() && NUMBER.matcher(s.text()).matches()) {
                values.add(Double.parseDouble(s.text()));
            } else {
                problem(item, path, path + " must be a number, a list of numbers from the first layer to the last, or a list of {filter, value}, found " + item.describe(), "");
            }
        }
        if (items.isEmpty()) {
            problem(node, path, path + " must have a number, found an empty list", "");
        }
        return values.isEmpty() || values.size() < items.size() ? Optional.empty() : Optional.of(new LayerSetting.Part(filter, values));
    }

    private void problem(YamlNode node, String path, String message, String suggestion) {
        problems.add(new Problem(node.at(), path, message, suggestion));
    }
}
