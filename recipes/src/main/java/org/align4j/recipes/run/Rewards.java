package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.ModelFiles;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Precision;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.combine.Ensemble;
import org.align4j.rewardmodels.combine.LengthPenalised;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.ranker.GoodBadReward;
import org.align4j.rewardmodels.ranker.JudgeModel;
import org.align4j.rewardmodels.ranker.JudgeTemplate;
import org.align4j.rewardmodels.ranker.LanguageModelRanker;
import org.align4j.rewardmodels.ranker.Ranker;
import org.align4j.rewardmodels.ranker.RankerReward;
import org.align4j.rewardmodels.sampling.LikelihoodReward;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.verifier.Verifiers;

/**
 * A reward as a recipe asks for it.
 *
 * @param reward scores single answers
 * @param ranker compares two, and closes with the reward; null where nothing but scores compares them
 * @param owned  weights that close after the reward; null for none
 */
public record Rewards(Reward reward, Ranker ranker, Parameters owned) implements AutoCloseable {
    /** Opens what a stage of a recipe asks for; models load, on the session's backend. */
    static Rewards open(RewardSpec spec, StageRun run) {
        return open(spec, new Around(run.session().backend(), run.session().encoder(), stage -> left(stage.name(), run), null));
    }

    /**
     * What a reward may need beside its own settings.
     *
     * @param backend  on which models run
     * @param encoder  of the model whose answers are scored, and of reward models trained from it; null where it has no tokenizer
     * @param stages   where the reward model is that a stage left
     * @param baseline one more answer of the policy to each prompt; null where there is none
     */
    public record Around(Backend backend, TextEncoder encoder, Function<RewardSpec.Stage, Path> stages, Supplier<Baseline> baseline) {}

    /** Answers to compare with, and the digest of what they depend on. */
    public record Baseline(Function<Question, Answer> answers, String digest) {}

    /** Opens a reward; models load. */
    public static Rewards open(RewardSpec spec, Around around) {
        if (spec instanceof RewardSpec.Ranker r) {
            Ranker ranker = ranker(r, around);
            try {
                return new Rewards(reward(r, ranker, around), ranker, null);
            } catch (RuntimeException e) {
                ranker.close();
                throw e;
            }
        }
        return new Rewards(reward(spec, around), null, null);
    }

    private static Ranker ranker(RewardSpec.Ranker r, Around around) {
        return new LanguageModelRanker(JudgeModel.open(r.path(), around.backend(), r.chat()), r.template().map(JudgeTemplate::pair).orElse(JudgeTemplate.PAIR));
    }

    private static Reward reward(RewardSpec.Ranker spec, Ranker ranker, Around around) {
        return switch (spec.against()) {
            case REFERENCE -> RankerReward.againstReference(ranker);
            case OTHERS -> RankerReward.meanOfOthers(ranker);
            case SAMPLE -> {
                Baseline baseline = around.baseline().get();
                yield RankerReward.against(ranker, baseline.answers(), baseline.digest());
            }
        };
    }

    private static Reward reward(RewardSpec spec, Around around) {
        if (spec instanceof RewardSpec.Model m) {
            return shared(RewardModel.open(m.path(), around.backend()), m.sameTokens() ? around.encoder() : null);
        } else if (spec instanceof RewardSpec.Stage s) {
            return shared(RewardModel.open(around.stages().apply(s), around.backend()), around.encoder());
        } else if (spec instanceof RewardSpec.Rule rule) {
            return Verifiers.of(rule.verifier());
        } else if (spec instanceof RewardSpec.Judge j) {
            JudgeModel judge = JudgeModel.open(j.path(), around.backend(), j.chat());
            return new GoodBadReward(judge, j.template().map(JudgeTemplate::point).orElse(JudgeTemplate.POINT));
        } else if (spec instanceof RewardSpec.Ranker r) {
            return reward(r, ranker(r, around), around);
        } else if (spec instanceof RewardSpec.LengthPenalised p) {
            return new LengthPenalised(reward(p.of(), around), p.alpha(), p.unit(), p.free());
        } else if (spec instanceof RewardSpec.Ensemble e) {
            List<Reward> members = e.of().stream().map(m -> reward(m, around)).toList();
            return switch (e.combine()) {
                case MEAN -> Ensemble.mean(members);
                case MIN -> Ensemble.worstCase(members);
                case MEAN_LESS_STD -> Ensemble.lessDeviation(members, e.lambda().orElse(1.0));
                case SUM -> Ensemble.weightedSum(members, e.weights().map(w -> w.stream().mapToDouble(v -> v).toArray()).orElseGet(() -> ones(members.size())));
            };
        }
        throw new IllegalStateException("No reward is known for " + spec.words());
    }

    private static Reward shared(RewardModel model, TextEncoder encoder) {
        return encoder == null ? model : new SameTokens(model, encoder);
    }

    private static double[] ones(int n) {
        double[] w = new double[n];
        Arrays.fill(w, 1);
        return w;
    }

    /** The reward model that an earlier stage left: the named one, or the last. */
    static Path left(Optional<String> name, StageRun run) {
        for (int i = run.earlier().size() - 1; i >= 0; i--) {
            Optional<Path> left = run.earlier().get(i).left(run.files(), RewardWork.LEAVES);
            if (left.isPresent() && name.map(run.earlier().get(i).record().name()::equals).orElse(true)) {
                return left.get();
            }
        }
        throw new IllegalStateException("No stage before " + run.name() + " left a reward model");
    }

    /** How likely answers are under the model a stage received, or under another one, which reads their text. */
    static Rewards likelihood(KeepSpec.Grape spec, Policy policy) {
        if (spec.model().isEmpty()) {
            return new Rewards(new LikelihoodReward(policy, spec.normalised(), true), null, null);
        }
        Path directory = spec.model().get();
        TextEncoder encoder = Encoders.open(directory, Models.spec(directory, Optional.empty(), Precision.AUTO, Backends.Choice.AUTO));
        if (encoder == null) {
            throw new UserException("The model in " + directory + " is to say how likely answers are, but has no tokenizer.json. Name a model with its tokenizer.");
        }
        ModelConfig config = ModelConfig.read(directory);
        Parameters values = ModelFiles.load(policy.model().backend(), config, directory);
        return new Rewards(new LikelihoodReward(new Policy(new Transformer(config, values, null), encoder), spec.normalised(), false), null, values);
    }

    /** Refuses directories that hold no reward model, before any work. */
    public static void require(RewardSpec spec) {
        spec.parts().forEach(s -> {
            if (s instanceof RewardSpec.Model m && !RewardModel.holds(m.path())) {
                throw new UserException(m.path() + " is to score answers, but holds no reward model: a directory that a reward stage left, or a Hugging Face sequence"
                        + " classification model, is required. For a language model that judges, write reward: {judge: {path: …}}.");
            }
        });
    }

    /** Whether a reward compares with the reference answer of a prompt. */
    public static boolean needsReference(RewardSpec spec) {
        return spec.parts().anyMatch(s -> s instanceof RewardSpec.Rule rule && Verifiers.of(rule.verifier()).needsReference()
                || s instanceof RewardSpec.Ranker r && r.against() == RewardSpec.Ranker.Against.REFERENCE);
    }

    /** Directories of the models a reward reads. */
    public static List<Path> models(RewardSpec spec) {
        return spec.parts().flatMap(s -> s instanceof RewardSpec.Judge j ? Stream.of(j.path()) : s instanceof RewardSpec.Ranker r ? Stream.of(r.path())
                : s instanceof RewardSpec.Model m ? Stream.of(m.path()) : Stream.empty()).toList();
    }

    @Override
    public void close() {
        reward.close();
        if (owned != null) {
            owned.close();
        }
    }
}
