package org.align4j.recipes.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.recipes.yaml.Place;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.YamlNode;

/**
 * What mergekit's configurations say in another way, in the keys of {@link MergeFile}: {@code slices} that cover a whole model become {@code models},
 * {@code tokenizer.source} becomes {@code tokenizer_source}, {@code out_dtype} becomes {@code dtype} (mergekit's own is that of its sums, which are double here).
 *
 * @param root   the document
 * @param layers how many layers the slices cover, and where that was written; empty without slices
 */
record MergekitForm(YamlNode root, Optional<Layers> layers) {
    private static final String WHOLE = "only whole models are merged, layer by layer with those of the same number";

    /** A number of layers and its place. */
    record Layers(int count, Place at) {}

    /** Reads one; what has no counterpart is reported where it was written. */
    static MergekitForm of(YamlNode root, List<Problem> problems) {
        if (!(root instanceof YamlNode.Mapping mapping)) {
            return new MergekitForm(root, Optional.empty());
        }
        Reader reader = new Reader(mapping, problems);
        List<YamlNode.Entry> entries = new ArrayList<>();
        mapping.entries().forEach(e -> reader.entry(e).ifPresent(entries::add));
        return new MergekitForm(new YamlNode.Mapping(entries, mapping.at()), Optional.ofNullable(reader.layers));
    }

    private static final class Reader {
        private final YamlNode.Mapping root;
        private final List<Problem> problems;
        private Layers layers;

        Reader(YamlNode.Mapping root, List<Problem> problems) {
            this.root = root;
            this.problems = problems;
        }

        Optional<YamlNode.Entry> entry(YamlNode.Entry e) {
            return switch (e.key()) {
                case "slices" -> alone(e, "models") ? slices(e) : Optional.empty();
                case "tokenizer" -> alone(e, "tokenizer_source") ? tokenizer(e) : Optional.empty();
                case "out_dtype" -> root.entry("dtype").filter(Reader::override).isPresent() ? Optional.empty() : Optional.of(new YamlNode.Entry("dtype", e.at(), e.value()));
                case "dtype" -> root.entry("out_dtype").isPresent() && !override(e) ? Optional.empty() : Optional.of(e);
                case "chat_template" -> refuse(e.at(), e.key(), "chat_template is not supported: the result has the chat template of the model whose tokenizer it takes",
                        "remove it, and name that model as tokenizer_source");
                default -> Optional.of(e);
            };
        }

        /** Whether it was given on the command line, which replaces what the file says. */
        private static boolean override(YamlNode.Entry e) {
            return e.at().line() == 0;
        }

        private boolean alone(YamlNode.Entry e, String other) {
            if (root.entry(other).isPresent()) {
                refuse(e.at(), e.key(), e.key() + " and " + other + " say the same and cannot both be given", "remove one of them");
                return false;
            }
            return true;
        }

        private <T> Optional<T> refuse(Place at, String path, String message, String suggestion) {
            problems.add(new Problem(at, path, message, suggestion));
            return Optional.empty();
        }

        private Optional<YamlNode.Entry> tokenizer(YamlNode.Entry e) {
            if (!(e.value() instanceof YamlNode.Mapping m) || m.entry("source").isEmpty()) {
                return refuse(e.at(), "tokenizer", "tokenizer must be a mapping with the key source, found " + e.value().describe(), "write tokenizer_source: and base or a directory");
            }
            for (YamlNode.Entry part : m.entries()) {
                if (!part.key().equals("source")) {
                    refuse(part.at(), "tokenizer." + part.key(), "tokenizer." + part.key() + " is not supported: the result takes one model's tokenizer as it is, embeddings too",
                            "remove it");
                }
            }
            YamlNode.Entry source = m.entry("source").get();
            return Optional.of(new YamlNode.Entry("tokenizer_source", source.at(), source.value()));
        }

        private Optional<YamlNode.Entry> slices(YamlNode.Entry e) {
            if (!(e.value() instanceof YamlNode.Sequence list) || list.items().isEmpty()) {
                return refuse(e.value().at(), "slices", "slices must be a list of mappings with the key sources, found " + e.value().describe(), "name whole models under models");
            }
            List<YamlNode> models = null;
            for (int i = 0; i < list.items().size(); i++) {
                int before = problems.size();
                List<YamlNode> found = slice(list.items().get(i), "slices[" + i + "]");
                if (problems.size() > before) {
                    return Optional.empty();
                }
                if (models != null && !text(models).equals(text(found))) {
                    return refuse(list.items().get(i).at(), "slices[" + i + "]", "slices of different models or settings are not supported: " + WHOLE,
                            "name whole models under models; filters, and lists of values over the depth, make settings differ from layer to layer");
                }
                models = found;
            }
            if (list.items().size() > 1 && (root.entry("parameters").map(p -> spread(p.value())).orElse(false) || models.stream().anyMatch(Reader::spread))) {
                return refuse(e.at(), "slices", "several slices with a list of values are not supported: mergekit spreads such a list over every slice anew, here it spans the model",
                        "name whole models under models, with the values for the whole depth");
            }
            return Optional.of(new YamlNode.Entry("models", e.at(), new YamlNode.Sequence(models, e.value().at())));
        }

        /** The sources of a slice, without their layers. */
        private List<YamlNode> slice(YamlNode node, String path) {
            List<YamlNode> models = new ArrayList<>();
            if (!(node instanceof YamlNode.Mapping slice) || !(slice.entry("sources").map(YamlNode.Entry::value).orElse(null) instanceof YamlNode.Sequence sources)
                    || sources.items().isEmpty()) {
                refuse(node.at(), path, path + " must be a mapping with a list of sources, found " + node.describe(), "name whole models under models");
                return models;
            }
            for (YamlNode.Entry other : slice.entries()) {
                if (!other.key().equals("sources")) {
                    refuse(other.at(), path + "." + other.key(), "'" + other.key() + "' of a slice is not supported", "write it at the top level, or parameters at a source");
                }
            }
            int from = layers == null ? 0 : layers.count();
            Layers end = null;
            for (int i = 0; i < sources.items().size(); i++) {
                Layers own = source(sources.items().get(i), path + ".sources[" + i + "]", from, models);
                if (own != null && end != null && own.count() != end.count()) {
                    refuse(own.at(), path, "sources of one slice with different layers are not supported, found up to " + end.count() + " and up to " + own.count() + ": " + WHOLE,
                            "give all the same layer_range");
                }
                end = end == null ? own : end;
            }
            layers = end;
            return models;
        }

        private Layers source(YamlNode node, String path, int from, List<YamlNode> models) {
            YamlNode.Entry range = node instanceof YamlNode.Mapping m ? m.entry("layer_range").orElse(null) : null;
            int[] ends = range == null ? null : ends(range.value());
            if (ends == null || ends[0] >= ends[1]) {
                refuse(range == null ? node.at() : range.at(), path, path + " needs a layer_range of two numbers, the first below the second", "such as layer_range: [0, 32]");
                return null;
            }
            if (ends[0] != from) {
                refuse(range.at(), path + ".layer_range", "layers left out, repeated or in another order are not supported: this slice must begin at layer " + from + ", found " + ends[0]
                        + "; " + WHOLE, "name whole models under models");
            }
            models.add(new YamlNode.Mapping(((YamlNode.Mapping) node).entries().stream().filter(e -> e != range).toList(), node.at()));
            return new Layers(ends[1], range.at());
        }

        private static int[] ends(YamlNode node) {
            if (!(node instanceof YamlNode.Sequence s) || s.items().size() != 2) {
                return null;
            }
            int[] ends = new int[2];
            for (int i = 0; i < 2; i++) {
                if (!(s.items().get(i) instanceof YamlNode.Scalar n) || !n.text().matches("\\d{1,6}")) {
                    return null;
                }
                ends[i] = Integer.parseInt(n.text());
            }
            return ends;
        }

        /** Whether there is a list of values, rather than of values with filters. */
        private static boolean spread(YamlNode node) {
            if (node instanceof YamlNode.Mapping m) {
                return m.entries().stream().anyMatch(e -> spread(e.value()));
            }
            return node instanceof YamlNode.Sequence s && s.items().stream().anyMatch(i -> i instanceof YamlNode.Scalar || spread(i));
        }

        private static List<String> text(List<YamlNode> nodes) {
            return nodes.stream().map(Reader::text).toList();
        }

        /** A node without its places. */
        private static String text(YamlNode node) {
            if (node instanceof YamlNode.Mapping m) {
                return m.entries().stream().map(e -> e.key() + ": " + text(e.value())).sorted().toList().toString();
            }
            return node instanceof YamlNode.Sequence s ? text(s.items()).toString() : ((YamlNode.Scalar) node).text();
        }
    }
}
