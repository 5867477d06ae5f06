package org.align4j.core.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Evaluation prompts that occur in training data.
 *
 * @param count evaluation rows whose prompt is trained on
 * @param first where the first of them are, each with the training row
 */
public record Overlap(int count, List<Pair> first) {
    private static final int EXAMPLES = 5;

    public Overlap {
        first = List.copyOf(first);
    }

    /** One shared prompt. */
    public record Pair(Location evaluation, Location training) {
        @Override
        public String toString() {
            return evaluation + " is also " + training;
        }
    }

    /** Compares prompts before tokenisation. */
    public static Overlap ofText(List<TextGroup> training, List<TextGroup> evaluation) {
        return of(training, PromptKey::of, TextGroup::at, evaluation, PromptKey::of, TextGroup::at);
    }

    /** Compares the tokens of prompts. */
    public static Overlap ofGroups(List<Group> training, List<Group> evaluation) {
        return of(training, PromptKey::of, Group::at, evaluation, PromptKey::of, Group::at);
    }

    /** Compares rows of any two kinds by their keys. */
    public static <A, B> Overlap of(List<A> training, Function<? super A, PromptKey> trainingKey, Function<? super A, Location> trainingAt,
            List<B> evaluation, Function<? super B, PromptKey> evaluationKey, Function<? super B, Location> evaluationAt) {
        Map<PromptKey, Location> trained = new HashMap<>();
        for (A a : training) {
            trained.putIfAbsent(trainingKey.apply(a), trainingAt.apply(a));
        }
        int count = 0;
        List<Pair> first = new ArrayList<>();
        for (B b : evaluation) {
            Location at = trained.get(evaluationKey.apply(b));
            if (at != null) {
                count++;
                if (first.size() < EXAMPLES) {
                    first.add(new Pair(evaluationAt.apply(b), at));
                }
            }
        }
        return new Overlap(count, first);
    }

    /** Throws where any evaluation prompt is trained on. */
    public void requireNone() {
        if (count > 0) {
            throw new DataException(count + " evaluation prompt(s) occur in the training data, so that the evaluation would measure memory: " + first
                    + ". Remove them from one side, or hold out by prompt.");
        }
    }
}
