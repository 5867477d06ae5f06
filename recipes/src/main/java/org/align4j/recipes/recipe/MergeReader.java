package org.align4j.recipes.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.merge.AdapterMerge;
import org.align4j.core.merge.LayerSetting;
import org.align4j.core.merge.MergeMethod;
import org.align4j.core.merge.MergePlan;
import org.align4j.core.merge.MergeTask;
import org.align4j.core.merge.ModelRef;
import org.align4j.recipes.yaml.DocumentReader;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Overrides;
import org.align4j.recipes.yaml.Place;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;
import org.align4j.recipes.yaml.RecordDecoder;
import org.align4j.recipes.yaml.YamlNode;
import org.align4j.recipes.yaml.YamlReader;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files, or settings of a command line, to merges. */
public final class MergeReader {
    private final MergeFile file;
    private final Path base;
    private final Optional<MergekitForm.Layers> layers;
    private final List<Problem> problems;
    private final Findings findings;

    private MergeReader(MergekitForm form, MergeFile file, Path base, List<Problem> problems) {
        this.file = file;
        this.layers = form.layers();
        this.base = base;
        this.problems = problems;
        this.findings = new Findings("", (YamlNode.Mapping) form.root(), problems);
    }

    /**
     * Reads a configuration.
     *
     * @param file      its paths are relative to its directory
     * @param overrides {@code path=value} settings that replace what the file says
     * @throws RecipeException with every problem, if there is any
     */
    public static MergeTask read(Path file, List<String> overrides) {
        return parse(file.toString(), new DocumentReader<>(MergeFile.class, "merge configuration").text(file), overrides, file.toAbsolutePath().normalize().getParent());
    }

    /** Reads settings alone; paths are relative to the working directory. */
    public static MergeTask settings(List<String> settings) {
        return decode("the command line", new YamlNode.Mapping(List.of(), new Place("the command line", 0, 0)), settings, Path.of(""), new ArrayList<>());
    }

    /** Reads a configuration out of text. */
    static MergeTask parse(String source, String text, List<String> overrides, Path base) {
        List<Problem> problems = new ArrayList<>();
        YamlNode root = YamlReader.read(source, text, problems);
        if (root == null) {
            throw new RecipeException(source, problems);
        }
        return decode(source, root, overrides, base, problems);
    }

    private static MergeTask decode(String source, YamlNode written, List<String> overrides, Path base, List<Problem> problems) {
        MergekitForm form = MergekitForm.of(Overrides.apply(written, overrides, problems), problems);
        if (!problems.isEmpty()) {
            throw new RecipeException(source, problems);
        }
        Optional<MergeFile> file = new RecordDecoder(base, true, problems).decode(form.root(), MergeFile.class);
        Optional<MergeTask> task = file.isPresent() && problems.isEmpty() ? new MergeReader(form, file.get(), base.toAbsolutePath(), problems).task() : Optional.empty();
        if (!problems.isEmpty()) {
            throw new RecipeException(source, problems);
        }
        return task.orElseThrow();
    }

    private Optional<MergeTask> task() {
        refuseWithoutEffect();
        List<ModelRef> models = new ArrayList<>();
        for (int i = 0; i < file.models().size(); i++) {
            models.add(ref(file.models().get(i).model(), "models[" + i + "].model"));
        }
        ModelRef first = file.baseModel().map(b -> ref(b, "base_model")).orElse(null);
        ModelRef onto = file.onto().map(o -> ref(o, "onto")).orElse(null);
        layers.ifPresent(l -> requireAll(l, models.get(0).directory()));
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        try {
            boolean adapters = models.stream().allMatch(m -> m.adapter().isEmpty() && AdapterMerge.isAdapter(m.directory()));
            return Optional.ofNullable(adapters ? adapters(models) : models(models, first, onto));
        } catch (IllegalArgumentException e) {
            problem("merge_method", e.getMessage(), "");
            return Optional.empty();
        }
    }

    /** Slices must cover all layers of a model. */
    private void requireAll(MergekitForm.Layers covered, Path model) {
        Path config = model.resolve("config.json");
        Optional<Long> count = Optional.empty();
        try {
            JsonNode json = JsonMapper.shared().readTree(Files.isRegularFile(config) ? Files.readString(config) : "{}");
            count = Stream.of("num_hidden_layers", "n_layer", "num_layers").map(json::get).filter(n -> n != null && n.isIntegralNumber()).map(JsonNode::asLong).findFirst();
        } catch (IOException | JacksonException e) {
            problems.add(new Problem(covered.at(), "slices", "Cannot read " + config + ": " + e.getMessage(), ""));
            return;
        }
        if (count.isEmpty() || count.get() != covered.count()) {
            problems.add(new Problem(covered.at(), "slices", "slices must cover a whole model; they end with layer " + covered.count() + ", " + model + " has "
                    + count.map(n -> n + " layers").orElse("no number of layers in a config.json"), "merging a part of the layers is not supported: name whole models under models"));
        }
    }

    private MergeTask adapters(List<ModelRef> adapters) {
        if (file.mergeMethod() != MergeKind.LINEAR && file.mergeMethod() != MergeKind.CAT) {
            problem("merge_method", "adapters alone can be merged by linear or cat, found " + word(), "or name models with their adapters: model+adapter");
            return null;
        }
        boolean cat = file.mergeMethod() == MergeKind.CAT;
        List<Double> weights = new ArrayList<>();
        for (LayerSetting w : perModel("weight", LayerSetting.of(1), indices(adapters))) {
            if (w.parts().size() > 1 || w.parts().get(0).values().size() > 1 || !w.parts().get(0).filter().isEmpty()) {
                problem("parameters", "the weight of an adapter is one number, found " + w, "");
                return null;
            }
            weights.add(w.parts().get(0).values().get(0));
        }
        boolean weighted = file.parameters().weight().isPresent() || file.models().stream().anyMatch(m -> m.parameters().weight().isPresent());
        boolean normalize = file.parameters().normalize().orElse(!cat || !weighted);
        return problems.isEmpty() ? new AdapterMerge(adapters.stream().map(ModelRef::directory).toList(), weights, cat, normalize) : null;
    }

    private static List<Integer> indices(List<?> list) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            all.add(i);
        }
        return all;
    }

    private MergeTask models(List<ModelRef> all, ModelRef first, ModelRef onto) {
        MergeKind kind = file.mergeMethod();
        if (kind == MergeKind.CAT) {
            problem("merge_method", "cat merges adapters, and these are not all adapters", "use linear for models");
            return null;
        }
        List<Integer> used = indices(all);
        List<ModelRef> models = new ArrayList<>(all);
        if (kind.taskVectors()) {
            if (first == null) {
                problem("base_model", word() + " needs base_model, which task vectors are measured from", "");
            }
            used.removeIf(i -> all.get(i).equals(first)); // mergekit's configurations list the base, too
            models.removeIf(m -> m.equals(first));
            if (models.isEmpty()) {
                problem("models", word() + " needs a model other than the base", "");
            }
        } else if (first != null) {
            ModelRef b = first;
            if (!models.remove(first) && kind == MergeKind.LINEAR) {
                problem("base_model", "linear has no base: base_model must be one of the models, the one whose configuration and tokenizer are kept", "");
            }
            models.add(0, first);
            used.sort((i, j) -> Boolean.compare(all.get(j).equals(b), all.get(i).equals(b)));
        }
        if ((kind == MergeKind.TRANSFER) != (onto != null)) {
            problem("onto", onto == null ? "transfer needs onto, the model that gets the task vectors" : "onto has no effect with " + word(), onto == null ? "" : "remove it");
        }
        if (kind == MergeKind.EXPO && models.size() != 1) {
            problem("models", "expo goes past one model, found " + models.size(), "");
        }
        MergeMethod method = problems.isEmpty() ? method(kind, used) : null;
        if (method == null || !problems.isEmpty()) {
            return null;
        }
        ModelRef main = onto != null ? onto : first != null ? first : models.get(0);
        return new MergePlan(method, models, kind.taskVectors() ? Optional.of(first) : Optional.empty(), Optional.ofNullable(onto), file.dtype().map(MergeType::type), tokenizer(main));
    }

    private Optional<Path> tokenizer(ModelRef main) {
        String wanted = file.tokenizerSource().orElse("");
        if (wanted.equals("union")) {
            problem("tokenizer_source", "a union of tokenizers is not made", "name the model whose tokenizer has all tokens");
        }
        return wanted.isEmpty() || wanted.equals("union") ? Optional.empty()
                : Optional.of(wanted.equals("base") ? main.directory() : ref(wanted, "tokenizer_source").directory());
    }

    private MergeMethod method(MergeKind kind, List<Integer> used) {
        MergeFile.Parameters p = file.parameters();
        LayerSetting one = LayerSetting.of(1);
        LayerSetting t = kind == MergeKind.SLERP ? setting(p.t(), "parameters.t", null) : null;
        LayerSetting factor = kind == MergeKind.EXPO ? setting(p.alpha(), "parameters.alpha", null) : setting(p.lambda(), "parameters.lambda", one);
        List<LayerSetting> weights = perModel("weight", one, used);
        List<LayerSetting> density = kind.sparse() ? perModel("density", null, used) : List.of();
        List<LayerSetting> gamma = kind == MergeKind.BREADCRUMBS ? perModel("gamma", LayerSetting.of(0.01), used) : List.of();
        return problems.isEmpty() ? new MergeSettings(kind, weights, density, gamma, t, factor, p.normalize(), p.rescale(), file.seed(), p.lines()).method() : null;
    }

    /** What a model says for itself, what is said for all, or the fallback. */
    private List<LayerSetting> perModel(String key, LayerSetting fallback, List<Integer> used) {
        List<LayerSetting> list = new ArrayList<>();
        for (int i : used) {
            if (i >= file.models().size()) {
                continue;
            }
            Optional<YamlNode> own = of(file.models().get(i).parameters(), key);
            list.add(own.isPresent() ? setting(own, "models[" + i + "].parameters." + key, null) : setting(of(file.parameters(), key), "parameters." + key, fallback));
        }
        return list.contains(null) ? List.of() : list;
    }

    private static Optional<YamlNode> of(MergeFile.ModelParameters p, String key) {
        return key.equals("weight") ? p.weight() : key.equals("density") ? p.density() : p.gamma();
    }

    private static Optional<YamlNode> of(MergeFile.Parameters p, String key) {
        return key.equals("weight") ? p.weight() : key.equals("density") ? p.density() : p.gamma();
    }

    private LayerSetting setting(Optional<YamlNode> node, String path, LayerSetting fallback) {
        if (node.isEmpty() && fallback == null) {
            problem("parameters", word() + " needs " + path, "");
        }
        return node.isEmpty() ? fallback : new LayerSettings(problems).read(node.get(), path).orElse(null);
    }

    private void refuseWithoutEffect() {
        MergeKind kind = file.mergeMethod();
        MergeFile.Parameters p = file.parameters();
        without("parameters.t", p.t().isPresent(), kind == MergeKind.SLERP);
        without("parameters.alpha", p.alpha().isPresent(), kind == MergeKind.EXPO);
        without("parameters.lambda", p.lambda().isPresent(), kind.taskVectors() && kind != MergeKind.EXPO);
        without("parameters.lines", p.lines().isPresent(), kind.taskVectors());
        without("parameters.rescale", p.rescale().isPresent(), kind.random());
        without("parameters.normalize", p.normalize().isPresent(), kind != MergeKind.SLERP && kind != MergeKind.EXPO);
        own("parameters", p.weight().isPresent(), p.density().isPresent(), p.gamma().isPresent());
        for (int i = 0; i < file.models().size(); i++) {
            MergeFile.ModelParameters m = file.models().get(i).parameters();
            own("models[" + i + "].parameters", m.weight().isPresent(), m.density().isPresent(), m.gamma().isPresent());
        }
    }

    private void own(String at, boolean weight, boolean density, boolean gamma) {
        MergeKind kind = file.mergeMethod();
        without(at + ".weight", weight, kind != MergeKind.SLERP && kind != MergeKind.EXPO);
        without(at + ".density", density, kind.sparse());
        without(at + ".gamma", gamma, kind == MergeKind.BREADCRUMBS);
    }

    private void without(String path, boolean given, boolean meant) {
        if (given && !meant) {
            problem(path, path + " has no effect with merge_method " + word(), "remove it");
        }
    }

    private String word() {
        return file.mergeMethod().name().toLowerCase(java.util.Locale.ROOT);
    }

    private ModelRef ref(String text, String path) {
        try {
            return ModelRef.parse(text, base);
        } catch (UserException | java.nio.file.InvalidPathException e) {
            problem(path, e.getMessage(), "");
            return ModelRef.of(base);
        }
    }

    private void problem(String path, String message, String suggestion) {
        findings.problem(path, message, suggestion);
    }
}
