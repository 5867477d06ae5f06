package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.Matches;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** A whole training run: a model, data, and the stages it goes through. Paths are absolute. */
@Doc("A training run: a model, data, and the stages it goes through.")
public record Recipe(
        @Doc("Name of the run; letters, digits, '.', '_' and '-'.") @Matches(value = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", says = "a name of letters, digits, '.', '_' and '-', at most 100")
                @Synonyms({"run_name", "title"}) String name,
        @Doc("Seed of everything random; the same seed gives the same model.") @Default("17") long seed,
        @Doc("Run directory.") @Default("runs/{name}") @Synonyms({"output_dir", "out", "out_dir", "save_dir"}) Path output,
        @Doc("The model to train.") ModelSpec model,
        @Doc("The data of each kind of stage.") @Default("{}") @Synonyms({"datasets", "dataset"}) DataSpec data,
        @Doc("What annotation may be spent.") Optional<Budget> budget,
        @Doc("What is done, in order.") @Range(min = 1, max = 100) @Synonyms({"steps", "pipeline"}) List<Stage> stages,
        @Doc("Prompts answered before and after every stage.") @Synonyms({"evaluation", "eval"}) Optional<EvaluateSpec> evaluate,
        @Doc("Most memory the run may plan to use, such as 8GB. Null for what the machine has.") @Synonyms({"max_memory", "memory_limit"}) Optional<MemorySize> memory)
        implements Checked {

    /** What is done, one stage after the other. */
    public StageList list() {
        return StageList.of(stages);
    }

    @Override
    public void check(Findings f) {
        StageList list = list();
        for (int i = 0; i < list.size(); i++) {
            Stage stage = list.get(i);
            String at = list.entries().get(i).path();
            int before = list.trainedBefore(i);
            if (stage.trains()) {
                adapters(f, at, stage, before < 0 ? null : list.get(before));
            }
            if (stage instanceof Sample sample && sample.prompts().isEmpty() && sample.candidates().isEmpty() && data.toPrompt().isEmpty()) {
                f.problem(at, "the sample stage has no prompts", "add data.prompts, or give it prompts");
            }
            judges(f, at, list, i);
            if (stage instanceof Merge merge) {
                merges(f, at, list, i, merge);
            }
            if (stage instanceof Select select) {
                chooses(f, at, list, i, select);
            }
            if (stage instanceof Reward reward) {
                fits(f, at, reward);
            }
            if (stage instanceof LossStage loss) {
                builds(f, at, loss::objective);
                rows(f, at, list, i, loss);
            }
            if (stage instanceof OnlineStage online) {
                online(f, at, online);
            }
        }
        if (budget.isPresent() && list.entries().stream().noneMatch(e -> e.stage() instanceof Reward || e.stage() instanceof LossStage s && s.data() != DataKind.TEXT)) {
            f.problem("budget", "a budget is split between sft and preference data, which no stage uses", "remove it");
        }
        if (budget.isPresent()) {
            once(f, list, false);
            once(f, list, true);
        }
    }

    /** A part of the budget buys rows of one source: two would each be given all of it. */
    private void once(Findings f, StageList list, boolean preference) {
        Map<DataSource, String> sources = new LinkedHashMap<>();
        for (int i = 0; i < list.size(); i++) {
            String at = list.entries().get(i).path();
            if (list.get(i) instanceof Reward && preference) {
                data.preferences().ifPresent(s -> sources.putIfAbsent(s, DataKind.COMPARISONS.path(data)));
            } else if (list.get(i) instanceof LossStage l && l.data() != DataKind.TEXT && l.data().isPreference() == preference && list.from(i) != DataFrom.SAMPLED) {
                l.data().source(data).ifPresent(s -> sources.putIfAbsent(s, l.data().path(data)));
            } else if (list.get(i) instanceof Select s && s.kindOfRows().isPreference() == preference && !list.from(i).sampled()) {
                s.files(data).ifPresent(d -> sources.putIfAbsent(d, s.source().isPresent() ? at + ".source" : s.kindOfRows().path(data)));
            }
        }
        if (sources.size() > 1) {
            f.problem("budget", "the part for " + (preference ? "preferences" : "demonstrations") + " buys rows of one source, found " + String.join(" and ", sources.values())
                    + ", each of which would be given all of it", "put the rows into one source, give the stages runs of their own, or remove budget and set limit on each source");
        }
    }

    /** The reward stage that a stage's reward comes from. */
    private static void judges(Findings f, String at, StageList list, int i) {
        List<RewardSpec> reward = list.get(i) instanceof Sample s ? s.reward().stream().toList() : list.get(i) instanceof OnlineStage o ? List.of(o.rollout().reward())
                : list.get(i) instanceof Select s ? s.rewards().toList() : List.of();
        boolean online = list.get(i) instanceof OnlineStage;
        if (online && reward.stream().flatMap(RewardSpec::parts).anyMatch(p -> p instanceof RewardSpec.Ranker r && r.against() == RewardSpec.Ranker.Against.SAMPLE)) {
            f.problem(at + ".reward", "a ranker that compares with one more answer of the policy is for sample stages only", "write against: reference or others");
        }
        if (list.get(i) instanceof OnlineStage o && o.value().orElse(null) instanceof ValueSpec.RewardModel v && v.path().isEmpty()
                && IntStream.range(0, i).noneMatch(j -> list.get(j) instanceof Reward)) {
            f.problem(at + ".values", "no reward stage before is there whose reward model values could begin with", "put one before it, or give path");
        }
        reward.stream().flatMap(RewardSpec::parts).filter(RewardSpec.Stage.class::isInstance).forEach(part -> {
            Optional<String> name = ((RewardSpec.Stage) part).name();
            boolean there = IntStream.range(0, i).anyMatch(j -> list.get(j) instanceof Reward && name.map(((j + 1) + "-reward")::equals).orElse(true));
            if (!there) {
                f.problem(list.get(i) instanceof Select ? at : at + ".reward", "no reward stage before is " + name.orElse("there") + ", whose reward model could score answers",
                        "put one before it, or give another reward, such as model: {path: …}");
            }
        });
    }

    /** The models a merge reads. */
    private void merges(Findings f, String at, StageList list, int i, Merge merge) {
        boolean start = list.trainedBefore(i) < 0 || merge.reads().contains(Merge.START);
        if (start && model.path().isEmpty()) {
            f.problem(at, "a fresh model is not kept, so that it could be merged", "merge behind a stage that trains, with stages");
        }
        for (String name : merge.reads()) {
            if (!name.equals(Merge.START) && IntStream.range(0, i).noneMatch(j -> list.get(j).trains() && ((j + 1) + "-" + list.get(j).kind()).equals(name))) {
                List<String> known = IntStream.range(0, i).filter(j -> list.get(j).trains()).mapToObj(j -> (j + 1) + "-" + list.get(j).kind()).toList();
                f.problem(at + (merge.base().filter(name::equals).isPresent() ? ".base" : ".with"), "no stage before is called " + name + " and leaves a model",
                        "known are " + String.join(", ", known) + (known.isEmpty() ? "" : ", ") + Merge.START);
            }
        }
        builds(f, at, () -> merge.method(seed));
    }

    /** The rows a stage learns from. */
    private void rows(Findings f, String at, StageList list, int i, LossStage stage) {
        DataFrom from = list.from(i);
        if (from.sampled() && list.madeBefore(i) < 0) {
            f.problem(at + ".data", "no stage before makes rows that " + stage.kind() + " learns from", "put a sample stage before it that keeps "
                    + stage.learnsFrom().map(k -> k.path(data)).orElse("them") + ", or write data: recipe");
        }
        if (from == DataFrom.SAMPLED) {
            if (stage.training().evalEvery().isPresent() && list.madeBefore(i) >= 0 && !holdsOut(list, list.madeBefore(i))) {
                f.problem(at + ".eval_every", "eval_every needs held-out rows, and the stage that makes its rows holds none out", "remove it");
            }
            return;
        }
        if (from == DataFrom.BOTH && list.madeBefore(i) >= 0 && chosenFromFiles(list, list.madeBefore(i))) {
            f.problem(at + ".data", "the rows that the select stage chose are rows of the recipe, and with data: both they would be there twice", "write data: sampled");
        }
        Optional<DataSource> source = stage.data().source(data);
        if (source.isEmpty()) {
            f.problem(at, "the " + stage.kind() + " stage needs " + stage.data().path(data) + ", which is not given", "add it under data");
        } else {
            fits(f, at, stage.training(), source.get(), stage.data().path(data));
        }
    }

    /** The rows a select stage chooses from. */
    private void chooses(Findings f, String at, StageList list, int i, Select stage) {
        if (list.from(i) == DataFrom.SAMPLED && list.madeBefore(i) < 0) {
            f.problem(at + ".data", "no stage before makes such rows", "put a sample stage before it, or write data: recipe");
        } else if (!list.from(i).sampled() && stage.files(data).isEmpty()) {
            f.problem(at, "the select stage needs " + stage.kindOfRows().path(data) + ", which is not given", "add it under data");
        }
    }

    /** Whether what a stage makes comes from files, through nothing but select stages. */
    private static boolean chosenFromFiles(StageList list, int i) {
        return list.get(i) instanceof Select && (!list.from(i).sampled() || list.madeBefore(i) >= 0 && chosenFromFiles(list, list.madeBefore(i)));
    }

    /** Whether some of the rows that a stage makes are kept for evaluation. */
    private boolean holdsOut(StageList list, int i) {
        if (!(list.get(i) instanceof Select select)) {
            return list.get(i).holdsOut();
        }
        return list.from(i).sampled() ? list.madeBefore(i) >= 0 && holdsOut(list, list.madeBefore(i)) : select.files(data).map(s -> !s.heldOut().isNone()).orElse(false);
    }

    /** The same run in another directory. */
    public Recipe withOutput(Path directory) {
        return new Recipe(name, seed, directory.toAbsolutePath().normalize(), model, data, budget, stages, evaluate, memory);
    }

    /** The same run on other data. */
    public Recipe withData(DataSpec other) {
        return new Recipe(name, seed, output, model, other, budget, stages, evaluate, memory);
    }

    /** The same run with another seed. */
    public Recipe withSeed(long other) {
        return new Recipe(name, other, output, model, data, budget, stages, evaluate, memory);
    }

    /** The adapter a stage receives, trains and refers to. */
    private void adapters(Findings f, String at, Stage stage, Stage before) {
        Optional<AdapterSpec> adapter = stage.adapter();
        boolean kept = before != null && before.adapter().filter(AdapterSpec::kept).isPresent();
        boolean continued = adapter.filter(AdapterSpec::previous).isPresent();
        if (kept && !continued) {
            f.problem(at + ".adapter", "the " + before.kind() + " stage keeps its adapter for this one", "go on with it (adapter: {previous: true}), or let that stage have then: merge");
        } else if (continued && !kept) {
            f.problem(at + ".adapter.previous", "there is no stage before that keeps an adapter", "let the stage before have adapter: {then: keep}, or remove previous");
        }
        if (adapter.filter(AdapterSpec::nf4).isPresent() && model.path().isEmpty()) {
            f.problem(at + ".adapter.quantize", "a fresh model has nothing worth keeping in four bits", "give model.path, or remove quantize");
        }
        if (adapter.isEmpty() && stage.reference().filter(ReferenceSpec.AdapterOff.class::isInstance).isPresent()) {
            f.problem(at + ".reference", "reference adapter_off needs an adapter that can be off", "add adapter, or choose cached or frozen");
        } else if (adapter.isPresent() && stage.reference().orElse(null) instanceof ReferenceSpec.Sync sync && sync.alpha() < 1) {
            f.problem(at + ".reference", "a reference with an adapter can only be replaced as a whole, not mixed, found alpha " + sync.alpha(), "write reference: {sync: {alpha: 1}}");
        }
    }

    /** What a loss itself refuses; settings that were refused before are not worth trying. */
    private static void builds(Findings f, String at, Runnable objective) {
        if (!f.clean()) {
            return;
        }
        try {
            objective.run();
        } catch (IllegalArgumentException e) {
            f.problem(at, e.getMessage(), "");
        }
    }

    /** The prompts of an online stage, and what its objective refuses. */
    private void online(Findings f, String at, OnlineStage stage) {
        Optional<DataSource> prompts = data.toPrompt();
        if (prompts.isEmpty()) {
            f.problem(at, "the " + stage.kind() + " stage has no prompts", "add data.prompts");
        } else if (stage.training().evalEvery().isPresent() && prompts.get().heldOut().isNone()) {
            f.problem(at + ".eval_every", "eval_every needs held-out prompts, and the held_out of their data is 0", "set it, to 100 for example");
        }
        builds(f, at, stage::objective);
    }

    private void fits(Findings f, String at, Reward stage) {
        String path = DataKind.COMPARISONS.path(data);
        if (data.preferences().isEmpty()) {
            f.problem(at, "the reward stage needs " + path + ", which is not given", "add it under data");
        } else {
            fits(f, at, stage.training(), data.preferences().get(), path);
        }
    }

    private static void fits(Findings f, String at, Training t, DataSource source, String path) {
        int longest = source.maxLength().orElse(0);
        if (longest > t.microBatchTokens()) {
            f.problem(at + ".micro_batch_tokens", "micro_batch_tokens " + t.microBatchTokens() + " is less than " + path + ".max_length " + longest
                    + ", so that a row could not be computed", "raise the one or lower the other");
        }
        if (t.evalEvery().isPresent() && source.heldOut().isNone()) {
            f.problem(at + ".eval_every", "eval_every needs held-out rows, and " + path + ".held_out is 0", "set it, to 0.05 for example");
        }
    }
}
