package org.align4j.examples;

import java.nio.file.Path;
import java.util.List;
import org.align4j.rewardmodels.serve.Ranking;
import org.align4j.rewardmodels.serve.RewardScorer;

/**
 * A reward model inside a program: opened once, asked from as many threads as there are. It needs the module {@code rewardmodels} alone.
 * Run it with the directory of a reward model.
 */
public final class EmbedScorer {
    private EmbedScorer() {}

    /** The answer the reward prefers. */
    static String best(RewardScorer scorer, String question, List<String> answers) {
        Ranking ranking = scorer.rank(question, answers);
        return answers.get(ranking.order().get(0));
    }

    public static void main(String[] args) {
        List<String> answers = List.of("4", "5", "I would rather talk about the weather.");
        try (RewardScorer scorer = RewardScorer.open(Path.of(args[0]))) {
            System.out.printf("score of \"4\": %.4f%n", scorer.score("What is 2 + 2?", "4"));
            System.out.printf("probability that \"4\" is preferred to \"5\": %.4f%n", scorer.prefer("What is 2 + 2?", "4", "5"));
            System.out.printf("best: %s%n", best(scorer, "What is 2 + 2?", answers));
        }
    }
}
