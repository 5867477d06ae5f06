package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.align4j.recipes.yaml.Brief;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.DocumentReader;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Matches;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.YamlNode;

/** What is measured of which models. Paths are absolute. */
@Doc("What is measured of which models.")
public record EvalSuite(
        @Doc("Name of the suite; letters, digits, '.', '_' and '-'.") @Matches(value = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", says = "a name of letters, digits, '.', '_' and '-', at most 100")
                @Synonyms({"title", "suite"}) String name,
        @Doc("Seed of sampled answers and of bootstrap draws.") @Default("17") long seed,
        @Doc("Directory for results and for what is kept to go on from.") @Default("evaluations/{name}") @Synonyms({"output_dir", "out", "out_dir"}) Path output,
        @Doc("The models by name: a directory, or a mapping with path and, if wanted, adapter, tokenizer, chat_template, precision.") @Default("{}") @Brief("path") @Synonyms("model")
                Map<String, EvalModel> models,
        @Doc("Name of the model the others are compared with; the first one unless given.") @Synonyms({"reference", "base"}) Optional<String> baseline,
        @Doc("What is measured.") @Range(min = 1, max = 100) @Synonyms({"evals", "tasks", "metrics"}) List<EvalSpec> evaluations,
        @Doc("Draws of bootstrap intervals.") @Default("1000") @Range(min = 100, max = 1_000_000) @Synonyms({"bootstrap", "draws"}) int bootstrapDraws)
        implements Checked {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final DocumentReader<EvalSuite> READER = new DocumentReader<>(EvalSuite.class, "evaluation suite");

    public EvalSuite {
        if (baseline.isEmpty() && !models.isEmpty()) {
            baseline = Optional.of(models.keySet().iterator().next());
        }
    }

    @Override
    public void check(Findings f) {
        models.keySet().stream().filter(n -> !n.matches(NAME)).forEach(n -> f.problem("models", "a model's name must be of letters, digits, '.', '_' and '-', found '" + n + "'", ""));
        if (baseline.isPresent() && !models.containsKey(baseline.get())) {
            f.problem("baseline", "baseline must be one of the models " + String.join(", ", models.keySet()) + ", found '" + baseline.get() + "'", "");
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < evaluations.size(); i++) {
            EvalSpec e = evaluations.get(i);
            String at = "evaluations[" + i + "]." + e.kind();
            if (e.name().filter(n -> !n.matches(NAME)).isPresent()) {
                f.problem(at + ".name", "a name must be of letters, digits, '.', '_' and '-', found '" + e.name().get() + "'", "");
            } else if (e.name().isPresent() && !names.add(e.name().get())) {
                f.problem(at + ".name", "two evaluations are named '" + e.name().get() + "'", "choose another name");
            }
            if (models.isEmpty() && e.needsModels()) {
                f.problem(at, e.kind() + " measures models, and none is given", "add models, such as models: {sft: runs/sft/model}");
            }
            e.reference().filter(r -> !models.containsKey(r)).ifPresent(r ->
                    f.problem(at + ".reference", "reference must be one of the models " + String.join(", ", models.keySet()) + ", found '" + r + "'", ""));
        }
    }

    /** A name for every evaluation: its own, or its kind, numbered where several have the same. */
    public List<String> names() {
        return names(evaluations);
    }

    static List<String> names(List<EvalSpec> evaluations) {
        List<String> out = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        evaluations.forEach(e -> e.name().ifPresent(taken::add));
        for (EvalSpec e : evaluations) {
            String name = e.name().orElse(e.kind());
            for (int n = 2; e.name().isEmpty() && !taken.add(name); n++) {
                name = e.kind() + "-" + n;
            }
            out.add(name);
        }
        return out;
    }

    /** The same into another directory. */
    public EvalSuite withOutput(Path directory) {
        return new EvalSuite(name, seed, directory.toAbsolutePath().normalize(), models, baseline, evaluations, bootstrapDraws);
    }

    /**
     * Reads a suite whose files must be there.
     *
     * @param more models by name that join those of the file or take their place; paths are relative to the working directory
     * @throws org.align4j.recipes.yaml.RecipeException with every problem, each with line and column
     */
    public static EvalSuite read(Path file, List<String> overrides, Map<String, Path> more) {
        UnaryOperator<YamlNode> edit = root -> root instanceof YamlNode.Mapping m && !more.isEmpty() ? with(m, more) : root;
        return READER.read(file, overrides, edit);
    }

    /** Reads a suite out of text. */
    public static EvalSuite parse(String source, String text, List<String> overrides, Path base) {
        return READER.parse(source, text, overrides, base, true);
    }

    private static YamlNode with(YamlNode.Mapping root, Map<String, Path> more) {
        List<YamlNode.Entry> entries = new ArrayList<>(root.entries());
        YamlNode.Entry old = root.entry("models").orElse(null);
        List<YamlNode.Entry> models = new ArrayList<>(old != null && old.value() instanceof YamlNode.Mapping m ? m.entries() : List.of());
        more.forEach((name, path) -> {
            YamlNode.Entry one = new YamlNode.Entry(name, root.at(), new YamlNode.Scalar(path.toAbsolutePath().normalize().toString(), false, root.at()));
            int at = models.stream().map(YamlNode.Entry::key).toList().indexOf(name);
            if (at < 0) {
                models.add(one);
            } else {
                models.set(at, one);
            }
        });
        entries.remove(old);
        entries.add(new YamlNode.Entry("models", root.at(), new YamlNode.Mapping(models, root.at())));
        return new YamlNode.Mapping(entries, root.at());
    }
}
