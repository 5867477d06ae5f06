package org.align4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.losses.Evaluation;
import org.junit.jupiter.api.Test;

class ExamplesTest {

    /** Margin by hand: β((−1.1+1.5) − (−4.3+3.8)) = 0.09. */
    @Test
    void dpoWithoutAModel() {
        Evaluation e = ScorePairs.evaluate();
        assertEquals(Math.log1p(Math.exp(-0.09)), e.loss(), 1e-12);
        assertEquals(-0.1 / (1 + Math.exp(0.09)), e.gradients().get(0)[0][1], 1e-12, "−β·σ(−0.09) for every chosen token");
        assertEquals(1, e.metric("rewards/accuracies"));
    }

    /** The lines in the README are those of the program, comments aside. */
    @Test
    void theReadmeShowsTheProgram() throws IOException {
        String program = Files.readString(Path.of("src/main/java/org/align4j/examples/ScorePairs.java"));
        String readme = Files.readString(Path.of("../README.md"));
        String section = readme.substring(readme.indexOf("## Losses without a model"));
        String code = section.substring(section.indexOf("```java") + 7, section.indexOf("```", section.indexOf("```java") + 7));
        List<String> lines = code.lines().map(line -> line.replaceFirst("//.*", "").strip()).filter(line -> !line.isEmpty()).toList();
        assertEquals(5, lines.size(), lines.toString());
        lines.forEach(line -> assertTrue(program.contains(line), line));
    }

    @Test
    void dpoOnAFreshModel() {
        TrainOnPairs.Outcome o = TrainOnPairs.train(60);
        assertEquals(Math.log(2), o.lossBefore(), 1e-6, "the policy begins as the reference");
        assertTrue(o.lossAfter() < 0.5, "loss after: " + o.lossAfter());
        assertTrue(o.accuracyAfter() > 0.95, "accuracy after: " + o.accuracyAfter());
    }

    @Test
    void foldsAndIntervalsOfRewards() {
        double[] i = new RewardsFromPairs.Score(8, 10).interval();
        assertEquals(0.490, i[0], 1e-3, "Wilson's interval of 8 out of 10");
        assertEquals(0.943, i[1], 1e-3);
        Group.Response two = new Group.Response(new int[] {5, 6}, 1, null, true);
        Group.Response one = new Group.Response(new int[] {7}, 0, null, true);
        List<Group> pairs = java.util.stream.IntStream.range(0, 40).mapToObj(n -> new Group(new Location("here", n + 1), new int[] {1, n % 20}, List.of(two, one))).toList();
        int[] folds = RewardsFromPairs.folds(pairs, 3);
        for (int n = 0; n < 20; n++) {
            assertEquals(folds[n], folds[n + 20], "pairs of one prompt are in one fold");
        }
        assertEquals(5, java.util.Arrays.stream(folds).distinct().count());
        assertEquals(40, RewardsFromPairs.length(pairs, pairs).right(), "the chosen response is always the longer one");
    }
}
