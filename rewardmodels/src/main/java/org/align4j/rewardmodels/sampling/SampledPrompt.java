package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.align4j.rewardmodels.Question;

/**
 * A prompt and what a policy answered. Answers are known by their index; equal ones are different answers.
 *
 * @param index   its place among the prompts, from 0
 * @param seed    of its answers, and of what is made of them
 * @param answers in the order in which they were sampled
 */
public record SampledPrompt(int index, long seed, Prompt prompt, List<SampledAnswer> answers) {
    public SampledPrompt {
        Objects.requireNonNull(prompt, "prompt");
        answers = List.copyOf(answers);
    }

    /** Scores of the answers. */
    public double[] scores() {
        return answers.stream().mapToDouble(SampledAnswer::score).toArray();
    }

    /** How many answers have the tokens of an earlier one. */
    public int duplicates() {
        TreeSet<int[]> distinct = new TreeSet<>(Arrays::compare);
        answers.forEach(a -> distinct.add(a.ids()));
        return answers.size() - distinct.size();
    }

    /** As rewards and rankers take it: some of the answers, by index. */
    public Question question(int... indices) {
        return new Question(prompt.text(), Arrays.stream(indices).mapToObj(i -> answers.get(i).answer()).toList(), prompt.reference());
    }

    /** All answers, as rewards take them. */
    public Question question() {
        return new Question(prompt.text(), answers.stream().map(SampledAnswer::answer).toList(), prompt.reference());
    }

    /** The same with scores. */
    public SampledPrompt withScores(double[] scores) {
        if (scores.length != answers.size()) {
            throw new IllegalArgumentException("One score is needed per answer, found " + answers.size() + " answers and " + scores.length + " scores");
        }
        List<SampledAnswer> scored = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            scored.add(answers.get(i).withScore(scores[i]));
        }
        return new SampledPrompt(index, seed, prompt, scored);
    }
}
