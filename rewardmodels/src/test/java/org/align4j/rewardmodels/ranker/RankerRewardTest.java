package org.align4j.rewardmodels.ranker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Location;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextDataset;
import org.align4j.core.data.TextGroup;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankerRewardTest {

    /** Prefers by length: score = min(characters, 1000). */
    private static Ranker byLength() {
        return new PointwiseRanker(Verifiers.of(new VerifierSpec("length", Map.of("unit", "characters", "least", 1000, "most", 1000, "slack", 1000, "right", 1000))));
    }

    private static Question question(String reference, String... answers) {
        return new Question(new Text.Plain("?"), java.util.Arrays.stream(answers).map(Answer::of).toList(), reference);
    }

    @Test
    void theLogitAgainstABaselineIsTheDifferenceOfScores() {
        try (RankerReward reward = RankerReward.againstReference(byLength())) {
            // logit σ(r − r_b) = r − r_b; the probability is rounded to 16 digits first
            assertArrayEquals(new double[] {-2, 0, 3}, reward.score(List.of(question("333", "1", "333", "666666"))).get(0), 1e-12);
            assertEquals(Math.log(RankerReward.CLOSEST), reward.score(List.of(question("9".repeat(900), "1"))).get(0)[0], 1e-9);
            assertThrows(UserException.class, () -> reward.score(List.of(question(null, "1"))));
        }
    }

    @Test
    void theMeanIsOverTheOthers() {
        try (RankerReward reward = RankerReward.meanOfOthers(byLength())) {
            double[] r = reward.score(List.of(question(null, "1", "1", "22"))).get(0);
            double up = 1 / (1 + Math.exp(-1));
            assertArrayEquals(new double[] {(0.5 + 1 - up) / 2, (0.5 + 1 - up) / 2, up}, r, 1e-15);
            assertThrows(UserException.class, () -> reward.score(List.of(question(null, "1"))));
            assertNotEquals(reward.digest(), RankerReward.againstReference(byLength()).digest());
        }
    }

    @Test
    void leastSquaresGivesBackTheScoresButForTheirMean() {
        try (RankerReward reward = RankerReward.leastSquares(byLength())) {
            // lengths 1, 2 and 6, whose mean is 3; logits of probabilities rounded to 16 digits
            assertArrayEquals(new double[] {-2, -1, 3}, reward.score(List.of(question(null, "1", "22", "666666"))).get(0), 1e-12);
            assertThrows(UserException.class, () -> reward.score(List.of(question(null, "1"))));
        }
    }

    @Test
    void slotsAreFilledOnce() {
        JudgeTemplate template = JudgeTemplate.pair("{prompt}|{first}|{second}|{other}");
        assertEquals("{first}|{second}|$1|{other}", template.fill("{first}", "{second}", "$1"));
        assertThrows(UserException.class, () -> JudgeTemplate.pair("{prompt} {first}"));
        assertThrows(IllegalArgumentException.class, () -> template.fill("a", "b"));
    }

    @Test
    void trainingRowsHaveARandomOrderAndAreReadBack(@TempDir Path directory) throws IOException {
        List<TextGroup> pairs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            pairs.add(new TextGroup(new Location("x", i), new Text.Plain("p" + i),
                    List.of(new TextGroup.Response(new Text.Plain("better"), 1, null), new TextGroup.Response(new Text.Plain("worse"), 0, null))));
        }
        JudgeTemplate template = JudgeTemplate.pair("{prompt}: {first} or {second}?");
        List<RankerRows.Row> rows = RankerRows.comparisons(pairs, template, 3);
        int first = 0;
        for (int i = 0; i < rows.size(); i++) {
            boolean a = rows.get(i).word().equals("A");
            assertEquals("p" + i + (a ? ": better or worse?" : ": worse or better?"), rows.get(i).prompt());
            first += a ? 1 : 0;
        }
        // A binomial count of 200 at one half: 5 standard deviations are 35.
        assertEquals(100, first, 35);
        assertEquals(rows, RankerRows.comparisons(pairs, template, 3));
        assertNotEquals(rows, RankerRows.comparisons(pairs, template, 4));
        List<RankerRows.Row> judged = RankerRows.judgements(pairs, JudgeTemplate.point("{prompt}: {response}"));
        assertEquals(List.of(new RankerRows.Row("p0: better", "Good"), new RankerRows.Row("p0: worse", "Bad")), judged.subList(0, 2));

        Path file = directory.resolve("rows.jsonl");
        RankerRows.write(file, rows, false);
        TextDataset read = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION)).read(file);
        assertEquals(200, read.groups().size());
        assertEquals(new Text.Plain(" " + rows.get(7).word()), read.groups().get(7).responses().get(0).text());
        RankerRows.write(file, rows, true);
        assertEquals(200, new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION).withFormat(DataFormat.MESSAGES)).read(file).groups().size());
        Files.writeString(file, "{prompt} {first} {second}:\n\n");
        assertTrue(JudgeTemplate.pair(file).text().endsWith("{second}:"));
    }
}
