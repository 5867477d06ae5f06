package org.align4j.recipes.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.align4j.core.UserException;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.recipes.recipe.KeepSpec;
import org.align4j.recipes.recipe.Sample;
import org.align4j.rewardmodels.sampling.Keep;
import org.align4j.rewardmodels.sampling.KeepAbove;
import org.align4j.rewardmodels.sampling.KeepBest;
import org.align4j.rewardmodels.sampling.KeepLists;
import org.align4j.rewardmodels.sampling.KeepPairs;
import org.align4j.rewardmodels.sampling.KeepS3ft;
import org.align4j.rewardmodels.sampling.KeepSteps;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.sampling.RejectionSampling;
import org.align4j.rewardmodels.sampling.Sampled;
import org.align4j.rewardmodels.sampling.SamplingSettings;

/** What a sample stage keeps, as the library does it. */
final class Keeps {
    private Keeps() {}

    static Keep of(Sample stage, Sampled scored, Policy policy, Rewards rewards, SamplingSettings settings) {
        KeepSpec spec = stage.keep();
        if (spec instanceof KeepSpec.BestOfN k) {
            return new KeepBest(k.count());
        } else if (spec instanceof KeepSpec.Grape) {
            return new KeepBest(1);
        } else if (spec instanceof KeepSpec.Threshold t) {
            return KeepAbove.of(scored, t.normalization(), t.within() == KeepSpec.Threshold.Within.PROMPT, t.above());
        } else if (spec instanceof KeepSpec.Rso r) {
            return new KeepPairs(new RejectionSampling(r.accept(), r.beta()), r.ranking(), rewards.ranker(), settings.seed());
        } else if (spec instanceof KeepSpec.Pairs p) {
            return new KeepPairs(null, p.ranking(), rewards.ranker(), settings.seed());
        } else if (spec instanceof KeepSpec.Lists) {
            return new KeepLists(rewards.ranker());
        } else if (spec instanceof KeepSpec.Steps s) {
            SamplingSettings rollouts = SamplingSettings.of(s.rollouts(), settings.options(), settings.seed()).withStop(settings.stop());
            return new KeepSteps(policy, rewards.reward(), stage.rightAt().orElseThrow(), rollouts, Pattern.compile(s.stepEnd()), s.perPrompt());
        } else if (spec instanceof KeepSpec.S3ft s) {
            String template = s.template().map(Keeps::read).orElse(KeepS3ft.PARAPHRASE);
            return new KeepS3ft(policy, rewards.reward(), stage.rightAt().orElseThrow(), template, SamplingOptions.greedy(settings.options().maxNewTokens()), settings.stop());
        }
        throw new IllegalStateException("No construction is known for " + words(spec));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UserException("Cannot read " + file + ", which is to ask for a paraphrase: " + e.getMessage() + ". Name a UTF-8 text file.", e);
        }
    }

    /** What is kept, in a few words. */
    static String words(KeepSpec spec) {
        if (spec instanceof KeepSpec.BestOfN k) {
            return k.count() == 1 ? "the best of each prompt" : "the best " + k.count() + " of each prompt";
        } else if (spec instanceof KeepSpec.Threshold t) {
            return "those above " + t.above();
        } else if (spec instanceof KeepSpec.Rso r) {
            return String.format(Locale.ROOT, "pairs (%s) of %d that rejection sampling accepts at beta %s", name(r.ranking()), r.accept(), r.beta());
        } else if (spec instanceof KeepSpec.Pairs p) {
            return "pairs (" + name(p.ranking()) + ")";
        } else if (spec instanceof KeepSpec.Lists) {
            return "lists with their labels";
        } else if (spec instanceof KeepSpec.Steps s) {
            return "right solutions against wrong prefixes, " + s.rollouts() + " rollouts each";
        }
        return spec instanceof KeepSpec.Grape ? "the likeliest of each prompt" : "the model's own words where they are right";
    }

    private static String name(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
