package org.align4j.examples.study;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.data.Group;
import org.align4j.core.data.Text;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.losses.reward.BradleyTerryLoss;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.model.RewardGroup;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.model.RewardObjective;
import org.align4j.rewardmodels.model.RewardSettings;
import org.align4j.rewardmodels.model.RewardTrainer;

/** The proxy: a reward model on the finetuned policy's weights, trained on compared responses; its rewards have mean 0 and deviation 1 on the policy's own. */
final class RewardModelOfStudy implements AutoCloseable {
    private final Parameters weights;
    private final RewardModel model;

    private RewardModelOfStudy(Parameters weights, RewardModel model) {
        this.weights = weights;
        this.model = model;
    }

    static RewardModelOfStudy train(Backend backend, Policy sft, List<Group> pairs, long seed) {
        Parameters weights = sft.weights().copy(DType.F32);
        long steps = TrainSettings.steps(pairs.size(), 32, 4.0, null);
        LrSchedule schedule = new LrSchedule(LrSchedule.Shape.COSINE, 1e-3, (int) (0.1 * steps), steps, 0.05);
        TrainSettings settings = new TrainSettings(steps, 32, 8192, schedule, AdamW.Settings.DEFAULT, 0, 0, 1, 50, seed, 0);
        List<RewardGroup> data = RewardGroup.of(pairs);
        RewardModel model;
        try (Parameters gradients = new Parameters(backend, weights.layout(), DType.F32)) {
            model = RewardModel.fresh(new Transformer(Policy.config(), weights, gradients), null, HeadSettings.linear(Policy.config().hiddenSize(), 1), List.of("reward"),
                    Streams.of(seed, "head", 0));
            try (RewardTrainer trainer = new RewardTrainer(model, RewardObjective.pairs(new BradleyTerryLoss()), data, RewardSettings.of(settings), new TrainListener() { })) {
                trainer.run();
            }
        }
        return new RewardModelOfStudy(weights, model.normalized(questions(sft, seed)));
    }

    /** What the policy answers to 200 prompts. */
    private static List<Question> questions(Policy sft, long seed) {
        List<int[]> prompts = IntStream.range(0, 200).mapToObj(i -> SortingTask.prompt(seed, "scale", i)).toList();
        List<List<int[]>> responses = sft.sample(prompts, 4, SamplingStudy.TEMPERATURE, seed);
        return IntStream.range(0, prompts.size()).mapToObj(i -> new Question(new Text.Ids(prompts.get(i)), responses.get(i).stream().map(r -> new Answer("", r, true)).toList(), null))
                .toList();
    }

    double[] score(int[] prompt, List<int[]> responses) {
        return model.scoreIds(prompt, responses);
    }

    @Override
    public void close() {
        model.close();
        weights.close();
    }
}
