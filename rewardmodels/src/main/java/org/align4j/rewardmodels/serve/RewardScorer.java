package org.align4j.rewardmodels.serve;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * Scores answers in a Java program, from as many threads as it has: the place to start for those who want scores and nothing else.
 *
 * <pre>{@code
 * try (RewardScorer scorer = RewardScorer.open(Path.of("runs/rm/model"))) {
 *     double score = scorer.score("What is 2 + 2?", "4");
 *     Ranking ranking = scorer.rank("What is 2 + 2?", List.of("4", "5", "I do not know"));
 *     double preferred = scorer.prefer("What is 2 + 2?", "4", "5");
 * }
 * }</pre>
 *
 * <p>The scores have the same bits as those of the command {@code align4j score} and of the service over HTTP, on the same machine with the same settings,
 * as long as all of them keep {@link ServiceOptions#exact}. Methods throw {@link ServiceException}.
 */
public final class RewardScorer implements AutoCloseable {
    private final ScoreService service;

    private RewardScorer(ScoreService service) {
        this.service = service.awaitReady();
    }

    /** Opens the directory of a reward model in float32 on the fastest backend there is, with the default settings. */
    public static RewardScorer open(Path directory) {
        return open(directory, Backends.Choice.AUTO, Precision.FP32, ServiceOptions.DEFAULT);
    }

    /**
     * Opens the directory of a reward model.
     *
     * @param precision null for automatic: bfloat16 where the CPU has instructions for its products, float32 elsewhere
     * @throws org.align4j.core.UserException when it is none
     */
    public static RewardScorer open(Path directory, Backends.Choice backend, Precision precision, ServiceOptions options) {
        return over(ModelSource.of(directory, backend, precision).service(options));
    }

    /**
     * Takes any reward.
     *
     * @param reward opens it; called by the thread that will use and close it
     */
    public static RewardScorer of(Callable<? extends Reward> reward, TokenCount tokens, ServiceOptions options) {
        return over(new ScoreService(reward, tokens, options));
    }

    /** Asks a service, which is closed with it; waits until that is ready. */
    public static RewardScorer over(ScoreService service) {
        return new RewardScorer(service);
    }

    /** The score of one response to a prompt used as it is. */
    public double score(String prompt, String response) {
        return scores(new Text.Plain(prompt), List.of(response))[0];
    }

    /** The scores of several responses to a prompt used as it is. */
    public double[] score(String prompt, List<String> responses) {
        return scores(new Text.Plain(prompt), responses);
    }

    /** The score of the assistant's response to a conversation, which goes through the model's chat template. */
    public double score(List<Message> messages, String response) {
        return scores(new Text.Chat(messages), List.of(response))[0];
    }

    /** The scores of several responses to a conversation. */
    public double[] score(List<Message> messages, List<String> responses) {
        return scores(new Text.Chat(messages), responses);
    }

    /** The scores of many questions, each with its answers, in their order. */
    public List<double[]> score(List<Question> questions) {
        return service.score(questions);
    }

    /** Responses to a prompt put in order, with the probability of each to be the best. */
    public Ranking rank(String prompt, List<String> responses) {
        return Ranking.of(score(prompt, responses));
    }

    /** Responses to a conversation put in order. */
    public Ranking rank(List<Message> messages, List<String> responses) {
        return Ranking.of(score(messages, responses));
    }

    /** Bradley and Terry's probability that the first response is preferred to the second: σ(score₁ − score₂). */
    public double prefer(String prompt, String first, String second) {
        return rank(prompt, List.of(first, second)).probabilities()[0];
    }

    /** The service behind it, for deadlines, counters, or to be put on the network. */
    public ScoreService service() {
        return service;
    }

    /** What gives the scores, in a few words. */
    public String name() {
        return service.name();
    }

    /** Where it is the same, scores are comparable: {@link Reward#digest}. */
    public String digest() {
        return service.digest();
    }

    private double[] scores(Text prompt, List<String> responses) {
        return service.score(List.of(new Question(prompt, responses.stream().map(Answer::of).toList(), null))).get(0);
    }

    /** Waits for what is being scored and closes the reward. */
    @Override
    public void close() {
        service.close();
    }
}
