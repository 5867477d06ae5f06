package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextEncoder;
import org.align4j.recipes.recipe.Amount;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.RewardSpec;
import org.align4j.recipes.recipe.SelectStep;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.Policy;
import org.align4j.rewardmodels.selection.Candidate;
import org.align4j.rewardmodels.selection.Choice;
import org.align4j.rewardmodels.selection.Decontamination;
import org.align4j.rewardmodels.selection.Diversity;
import org.align4j.rewardmodels.selection.Embedder;
import org.align4j.rewardmodels.selection.HashedTfIdf;
import org.align4j.rewardmodels.selection.HiddenStates;
import org.align4j.rewardmodels.selection.InstructionMining;
import org.align4j.rewardmodels.selection.LengthStep;
import org.align4j.rewardmodels.selection.LengthStep.Bounds;
import org.align4j.rewardmodels.selection.NearDuplicates;
import org.align4j.rewardmodels.selection.Part;
import org.align4j.rewardmodels.selection.PerplexityScorer;
import org.align4j.rewardmodels.selection.RandomStep;
import org.align4j.rewardmodels.selection.RewardScorer;
import org.align4j.rewardmodels.selection.RowScorer;
import org.align4j.rewardmodels.selection.ScoredStep;
import org.align4j.rewardmodels.selection.SelectionStores;
import org.align4j.rewardmodels.selection.Shingles;
import org.align4j.rewardmodels.selection.Step;

/** What a recipe's steps of a select stage are, as the library does them. */
final class SelectSteps {
    /** Places of a vector of hashed words. */
    private static final int WIDTH = 512;
    private final ModelSession session;
    private final SelectionStores stores;
    private final long seed;
    private final Function<RewardSpec, Reward> rewards;
    private final List<Candidate> heldOut;

    /**
     * @param session its model must stand as it is to be asked
     * @param rewards opens a reward; its owner closes it
     * @param heldOut rows held out of the data
     */
    SelectSteps(ModelSession session, SelectionStores stores, long seed, Function<RewardSpec, Reward> rewards, List<Candidate> heldOut) {
        this.session = session;
        this.stores = stores;
        this.seed = seed;
        this.rewards = rewards;
        this.heldOut = heldOut;
    }

    /** A step; what it asks is opened. */
    Step of(SelectStep step) {
        if (step instanceof SelectStep.Length l) {
            return new LengthStep(bounds(l.minPrompt(), l.maxPrompt()), bounds(l.minResponse(), l.maxResponse()), l.unit());
        } else if (step instanceof SelectStep.Quality q) {
            Choice choice = q.above().isPresent() ? new Choice.Between(q.above().get(), Double.POSITIVE_INFINITY) : some(q.keep().orElseThrow(), Choice.Where.HIGHEST);
            return new ScoredStep("quality", scorer(q.reward(), q.of()), choice, stores);
        } else if (step instanceof SelectStep.NearDuplicates d) {
            NearDuplicates.Settings settings = new NearDuplicates.Settings(new Shingles(d.shingles(), d.size()), d.part(), d.threshold(), d.minima(), seed);
            return d.best().isEmpty() ? new NearDuplicates(settings) : new NearDuplicates(settings, response(d.best()), stores);
        } else if (step instanceof SelectStep.Decontaminate d) {
            return new Decontamination(d.ngram(), d.share(), d.part(), tests(d));
        } else if (step instanceof SelectStep.Diversity d) {
            Diversity.Settings settings = new Diversity.Settings(d.clusters(), d.keep().count(), d.keep().share(), d.quota(), d.temperature().orElse(1.0), seed);
            return new Diversity(settings, embedder(d.embedding(), d.part()), response(d.quality()), stores);
        } else if (step instanceof SelectStep.Perplexity p) {
            return new ScoredStep(p.score() == PerplexityScorer.Kind.IFD ? "ifd" : "perplexity", new PerplexityScorer(policy(), p.score()), p.choice(), stores);
        } else if (step instanceof SelectStep.InstructionMining m) {
            return mining(m);
        } else if (step instanceof SelectStep.Random r) {
            return new RandomStep(r.keep().count(), r.keep().share(), seed);
        }
        throw new IllegalStateException("No step is known for " + step);
    }

    private Step mining(SelectStep.InstructionMining m) {
        InstructionMining.Coefficients c = m.coefficients().map(v -> new InstructionMining.Coefficients(v.intercept(), v.rew(), v.len(), v.knn(), v.ppl()))
                .orElse(InstructionMining.Coefficients.PUBLISHED);
        InstructionMining.Indicators indicators = new InstructionMining.Indicators(response(m.reward()),
                c.ppl() == 0 ? null : new PerplexityScorer(policy(), PerplexityScorer.Kind.PERPLEXITY), c.knn() == 0 ? null : embedder(m.embedding(), m.part()), m.neighbour());
        return new InstructionMining(c, indicators, some(m.keep(), Choice.Where.LOWEST), stores);
    }

    private Policy policy() {
        return new Policy(session.model(), Encoders.orIds(session, Path.of("rows")));
    }

    private RowScorer scorer(RewardSpec spec, RewardScorer.Of of) {
        return new RewardScorer(rewards.apply(spec), of);
    }

    private RowScorer response(Optional<RewardSpec> spec) {
        return spec.map(s -> scorer(s, RewardScorer.Of.RESPONSE)).orElse(null);
    }

    private Embedder embedder(SelectStep.Embedding embedding, Part part) {
        return embedding == SelectStep.Embedding.WORDS ? new HashedTfIdf(part, WIDTH) : new HiddenStates(policy(), part);
    }

    private List<Decontamination.Item> tests(SelectStep.Decontaminate step) {
        List<Decontamination.Item> items = new ArrayList<>();
        if (step.heldOut()) {
            heldOut.forEach(row -> items.add(new Decontamination.Item(row.at(), row.promptText())));
        }
        for (Path file : step.against().orElse(List.of())) {
            TextEncoder encoder = Encoders.orIds(session, file);
            new DataLoader(StageData.settings(TaskKind.PROMPT, DataSource.of(file), session)).read(file).groups()
                    .forEach(g -> items.add(new Decontamination.Item(g.at(), Candidate.text(g.prompt(), encoder))));
        }
        return items;
    }

    private static Bounds bounds(Optional<Integer> min, Optional<Integer> max) {
        return new Bounds(min.orElse(0), max.orElse(Integer.MAX_VALUE));
    }

    private static Choice some(Amount amount, Choice.Where where) {
        return new Choice.Some(amount.count(), amount.share(), where);
    }

    /** What a step does, in a few words. */
    static String words(SelectStep step) {
        if (step instanceof SelectStep.Length l) {
            return "length in " + l.unit().name().toLowerCase(Locale.ROOT);
        } else if (step instanceof SelectStep.Quality q) {
            return (q.above().isPresent() ? "at least " + q.above().get() : "the best " + q.keep().orElseThrow()) + " by " + q.reward().words();
        } else if (step instanceof SelectStep.NearDuplicates d) {
            return "no near-duplicates from Jaccard " + d.threshold();
        } else if (step instanceof SelectStep.Decontaminate d) {
            return "nothing of " + d.against().map(a -> a.size() + " test files").orElse("") + (d.heldOut() ? (d.against().isPresent() ? " and" : "") + " what is held out" : "");
        } else if (step instanceof SelectStep.Diversity d) {
            return d.keep() + " out of " + d.clusters() + " clusters" + d.quality().map(q -> " by " + q.words()).orElse("");
        } else if (step instanceof SelectStep.Perplexity p) {
            return p.score() == PerplexityScorer.Kind.IFD ? "by instruction-following difficulty" : "by perplexity";
        }
        return step instanceof SelectStep.InstructionMining m ? "the " + m.keep() + " of the lowest predicted loss" : ((SelectStep.Random) step).keep() + " at random";
    }
}
