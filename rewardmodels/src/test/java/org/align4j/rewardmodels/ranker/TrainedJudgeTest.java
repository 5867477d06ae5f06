package org.align4j.rewardmodels.ranker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.model.FreshWeights;
import org.align4j.core.model.ParameterLayout;
import org.align4j.core.model.Parameters;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.train.AdamW;
import org.align4j.core.train.LrSchedule;
import org.align4j.core.train.Streams;
import org.align4j.core.train.TrainListener;
import org.align4j.core.train.TrainSettings;
import org.align4j.core.train.Trainer;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.junit.jupiter.api.Test;

/** Rows for judges teach a judge. */
class TrainedJudgeTest {
    private static final JudgeTemplate TEMPLATE = JudgeTemplate.pair("{prompt}:{first}|{second}=");
    private static final TinyJudge.Characters ENCODER = new TinyJudge.Characters();

    /** Pairs of words of which the better one begins with "y", the worse one with "n"; what follows is noise. */
    private static List<TextGroup> pairs(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<TextGroup> out = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            out.add(new TextGroup(new Location("made", i + 1), new Text.Plain(letter(random)), List.of(new TextGroup.Response(new Text.Plain("y" + letter(random)), 1, null),
                    new TextGroup.Response(new Text.Plain("n" + letter(random)), 0, null))));
        }
        return out;
    }

    private static String letter(SplittableRandom random) {
        return String.valueOf((char) ('a' + random.nextInt(26)));
    }

    private static List<Group> groups(List<RankerRows.Row> rows) {
        List<Group> out = new ArrayList<>();
        for (RankerRows.Row row : rows) {
            Encoding e = ENCODER.encode(new Text.Plain(row.prompt()), new Text.Plain(JudgeTemplate.continuing(row.prompt(), row.word())));
            out.add(new Group(new Location("made", out.size() + 1), e.prompt(), List.of(new Group.Response(e.response(), Double.NaN, null, false))));
        }
        return out;
    }

    /** The mean preference for the better answer of held-out pairs. */
    private static double preference(Transformer model) {
        List<TextGroup> heldOut = pairs(30, 99);
        Ranker ranker = new LanguageModelRanker(new JudgeModel(model, ENCODER, false, "tiny", "d", List.of()), TEMPLATE);
        double sum = 0;
        for (TextGroup pair : heldOut) {
            List<Answer> answers = pair.responses().stream().map(r -> Answer.of(((Text.Plain) r.text()).text())).toList();
            sum += ranker.preferences(new Question(pair.prompt(), answers, null))[0][1];
        }
        return sum / heldOut.size();
    }

    @Test
    void aJudgeLearnsFromItsRows() {
        ModelConfig config = ModelConfig.freshLlama(128, 32, 64, 2, 2, 2, 64, false);
        long steps = 100;
        TrainSettings settings = new TrainSettings(steps, 16, 4096, new LrSchedule(LrSchedule.Shape.LINEAR, 5e-3, 5, steps, 0), AdamW.Settings.DEFAULT, 0, 0, 1, 20, 3, 0);
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend();
                Parameters values = new Parameters(backend, new ParameterLayout(config), DType.F32); Parameters gradients = new Parameters(backend, values.layout(), DType.F32)) {
            FreshWeights.draw(config, values, Streams.of(4, "init", 0));
            gradients.fill(0f);
            Transformer model = new Transformer(config, values, gradients);
            double before = preference(model);
            try (Trainer trainer = new Trainer(model, new NllLoss(), null, groups(RankerRows.comparisons(pairs(300, 1), TEMPLATE, 7)), settings, new TrainListener() { })) {
                trainer.run();
            }
            double after = preference(model);
            // Fresh weights of deviation 0.02 say next to nothing.
            assertEquals(0.5, before, 0.05);
            assertTrue(after > 0.95, "preference for the better answer: " + after);
        }
    }
}
