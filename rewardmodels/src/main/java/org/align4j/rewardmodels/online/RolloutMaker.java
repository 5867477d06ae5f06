package org.align4j.rewardmodels.online;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Progress;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.Reference;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.sampling.Prompt;

/**
 * Lets the policy answer prompts. Every epoch over the prompts has its own order; random numbers of a response follow from the seed, the iteration and the
 * prompt's place in it alone, so that an iteration can be made again.
 */
final class RolloutMaker {
    private final List<Prompt> prompts;
    private final RolloutSettings settings;
    private final Reward reward;
    private final Function<int[], String> decoder;
    private final int microBatchTokens;
    private final long seed;
    private final String stream;

    /** @param stream name of the streams of random numbers: {@code rollout} or {@code evaluation} */
    RolloutMaker(List<Prompt> prompts, RolloutSettings settings, Reward reward, Function<int[], String> decoder, int microBatchTokens, long seed, String stream) {
        this.prompts = List.copyOf(prompts);
        this.settings = settings;
        this.reward = reward;
        this.decoder = decoder;
        this.microBatchTokens = microBatchTokens;
        this.seed = seed;
        this.stream = stream;
    }

    /** Responses, and their scores before anything is done to them. */
    record Answered(List<Group> groups, double[] scores) {}

    /** The prompts of an iteration, as many for each. */
    private int[] prompts(long iteration) {
        int[] chosen = new int[settings.prompts()];
        long epoch = -1;
        int[] order = null;
        for (int i = 0; i < settings.prompts(); i++) {
            long place = iteration * settings.prompts() + i;
            if (place / prompts.size() != epoch) {
                epoch = place / prompts.size();
                order = Streams.permutation(prompts.size(), Streams.of(seed, stream + " order", epoch));
            }
            chosen[i] = order[(int) (place % prompts.size())];
        }
        return chosen;
    }

    /** Samples and scores. {@code progress} is told after every pass of the generator. */
    Answered answer(Transformer policy, long iteration, Consumer<Progress> progress) {
        int[] chosen = prompts(iteration);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++) {
            requests.add(new Request(prompts.get(chosen[i]).ids(), settings.samples(), Streams.of(seed, stream, iteration * settings.prompts() + i).nextLong()));
        }
        List<Result> results = new Generator(policy, settings.sampling(), settings.limits(), StopRule.NEVER, progress).generate(requests);
        List<Group> groups = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++) {
            List<Group.Response> responses = new ArrayList<>();
            List<Answer> answers = new ArrayList<>();
            for (Result r : results.subList(i * settings.samples(), (i + 1) * settings.samples())) {
                responses.add(new Group.Response(r.tokens(), Double.NaN, null, r.ended()));
                answers.add(new Answer(decoder.apply(r.content()), r.tokens(), r.ended()));
            }
            Prompt p = prompts.get(chosen[i]);
            groups.add(new Group(new Location("prompt", chosen[i] + 1), p.ids(), responses));
            questions.add(new Question(p.text(), answers, p.reference()));
        }
        return new Answered(groups, score(questions, groups));
    }

    private double[] score(List<Question> questions, List<Group> groups) {
        List<double[]> given = reward.score(questions);
        double[] scores = new double[settings.responses()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = given.get(i / settings.samples())[i % settings.samples()];
            if (!Double.isFinite(scores[i])) {
                throw new UserException("The reward (" + reward.name() + ") gives an answer to " + groups.get(i / settings.samples()).at() + " the score "
                        + scores[i] + ", required is a finite number. Look at that prompt and at what the reward makes of it.");
            }
        }
        return scores;
    }

    /** Log-probabilities of responses under a policy, at its temperature. */
    double[][] logProbs(Transformer policy, List<Group> groups) {
        return rows(groups, packed -> {
            try (ForwardPass pass = policy.inspect(packed, null)) {
                return pass.logProbs();
            }
        });
    }

    /** The same under a reference. */
    double[][] logProbs(Reference reference, List<Group> groups) {
        int[] none = new int[0];
        return rows(groups, packed -> reference.logProbs(none, packed));
    }

    private double[][] rows(List<Group> groups, Function<PackedBatch, double[]> score) {
        int samples = groups.get(0).responses().size();
        double[][] rows = new double[groups.size() * samples][];
        for (Piece piece : Piece.cut(groups, microBatchTokens)) {
            PackedBatch packed = piece.packed();
            double[][] part = piece.rows(packed, score.apply(packed));
            for (int i = 0; i < part.length; i++) {
                rows[piece.responses()[i]] = part[i];
            }
        }
        return rows;
    }
}
