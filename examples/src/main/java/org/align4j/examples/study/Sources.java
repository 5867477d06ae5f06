package org.align4j.examples.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.data.Group;
import org.align4j.core.train.Streams;
import org.align4j.losses.list.Labels;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.sampling.BestOfN;
import org.align4j.rewardmodels.sampling.Ranking;
import org.align4j.rewardmodels.sampling.RejectionSampling;

/** Where training data comes from: annotators who compare other authors' responses, or the policy's own responses ranked by a reward model. */
final class Sources {
    /** An annotator prefers the better response with probability σ(Δ gold / this). */
    private static final double ANNOTATOR = 0.1;

    private Sources() {}

    /** Demonstrations by careless authors. */
    static List<Group> demonstrations(long seed, int count) {
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = SortingTask.prompt(seed, "sft", i);
            data.add(Policy.group(i, prompt, List.of(SortingTask.careless(prompt, 1.5, 0.05, Streams.of(seed, "demonstration", i))), null));
        }
        return data;
    }

    /**
     * Pairs compared by annotators who err: of responses by other authors, some careful and some not, and by an earlier model, in turn.
     *
     * @param earlier has learnt less than the policy that will be trained
     */
    static List<Group> annotated(long seed, int count, Policy earlier) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(SortingTask.prompt(seed, "annotated", i));
        }
        List<List<int[]>> sampled = earlier.sample(prompts, 2, 1, seed);
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = prompts.get(i);
            RandomGenerator random = Streams.of(seed, "annotated", i);
            int[] a = i % 2 == 0 ? sampled.get(i).get(0) : SortingTask.careless(prompt, 4 * random.nextDouble(), 0.3 * random.nextDouble(), random);
            int[] b = i % 2 == 0 ? sampled.get(i).get(1) : SortingTask.careless(prompt, 4 * random.nextDouble(), 0.3 * random.nextDouble(), random);
            double p = 1 / (1 + Math.exp((SortingTask.gold(prompt, b) - SortingTask.gold(prompt, a)) / ANNOTATOR));
            data.add(pair(i, prompt, random.nextDouble() < p ? List.of(a, b) : List.of(b, a)));
        }
        return data;
    }

    private static Group pair(int index, int[] prompt, List<int[]> betterFirst) {
        return Policy.group(index, prompt, betterFirst, new double[] {1, 0});
    }

    /**
     * A prompt with the policy's responses and their rewards.
     *
     * @param rewards by the reward model
     */
    record Scored(int[] prompt, List<int[]> responses, double[] rewards) {
        Scored take(int[] indices) {
            return new Scored(prompt, Arrays.stream(indices).mapToObj(responses::get).toList(), Arrays.stream(indices).mapToDouble(i -> rewards[i]).toArray());
        }
    }

    /** The first so many of each prompt's responses: sft-sample. */
    static List<Scored> first(List<Scored> all, int count) {
        int[] indices = new int[count];
        Arrays.setAll(indices, i -> i);
        return all.stream().map(s -> s.take(indices)).toList();
    }

    /** So many of each prompt's responses by rejection sampling. */
    static List<Scored> rejection(List<Scored> all, RejectionSampling rso, long seed) {
        List<Scored> out = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            out.add(all.get(i).take(rso.sample(all.get(i).rewards(), Streams.of(seed, "rejection", i)).indices()));
        }
        return out;
    }

    /** Pairs by first-round ranking. */
    static List<Group> pairs(List<Scored> all, long seed) {
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Scored s = all.get(i);
            double[][] better = PointwiseRanker.of(s.rewards());
            for (Ranking.Pair p : Ranking.FIRST_ROUND.pairs(s.rewards().length, (a, b) -> better[a][b], Streams.of(seed, "ranking", i))) {
                if (!Arrays.equals(s.responses().get(p.chosen()), s.responses().get(p.rejected()))) {
                    data.add(pair(i, s.prompt(), List.of(s.responses().get(p.chosen()), s.responses().get(p.rejected()))));
                }
            }
        }
        return data;
    }

    /** Lists labelled as LiPO does: the mean probability of being better than another of the list. */
    static List<Group> lists(List<Scored> all) {
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Scored s = all.get(i);
            double[] labels = Labels.ofPreferences(PointwiseRanker.of(s.rewards()));
            data.add(Policy.group(i, s.prompt(), s.responses(), labels));
        }
        return data;
    }

    /** The best response of each prompt. */
    static List<Group> best(List<Scored> all) {
        List<Group> data = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            data.add(Policy.group(i, all.get(i).prompt(), List.of(all.get(i).responses().get(BestOfN.best(all.get(i).rewards()))), null));
        }
        return data;
    }
}
