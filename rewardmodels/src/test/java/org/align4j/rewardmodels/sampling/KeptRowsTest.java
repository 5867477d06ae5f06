package org.align4j.rewardmodels.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextDataset;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.data.TextGroup;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.io.Digests;
import org.align4j.core.train.Streams;
import org.align4j.losses.list.Labels;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.ranker.PointwiseRanker;
import org.align4j.rewardmodels.ranker.Ranker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of answers, from sampling to a data file that the loader reads. */
class KeptRowsTest {
    private static final int N = 6;
    @TempDir
    private static Path stores;
    private static TinyPolicy tiny;
    private static Sampled scored;
    @TempDir
    Path temp;

    @BeforeAll
    static void sample() {
        tiny = new TinyPolicy(3);
        scored = new PolicySampler(tiny.policy, TinyPolicy.settings(N, 2)).sample(TinyPolicy.prompts(7), stores, SamplingListener.NONE)
                .score(new TinyPolicy.EvenLetters(), stores, SamplingListener.NONE);
    }

    @AfterAll
    static void close() {
        tiny.close();
    }

    private static List<SampledPrompt> all() {
        List<SampledPrompt> all = new ArrayList<>();
        scored.forEach(all::add);
        return all;
    }

    private TextDataset read(Keep keep, TaskKind task) {
        Path file = temp.resolve("rows.jsonl");
        KeptRows.make(scored, keep, temp, SamplingListener.NONE).write(file, p -> true);
        return new DataLoader(DataSettings.of(task).withIdentical(DataSettings.Policy.KEEP)).read(file);
    }

    private static int[] ids(TextGroup g, int response) {
        return ((Text.Ids) g.responses().get(response).text()).ids();
    }

    @Test
    void theBestBecomesTheDemonstration() {
        TextDataset d = read(new KeepBest(1), TaskKind.DEMONSTRATION);
        List<SampledPrompt> all = all();
        assertEquals(DataFormat.IDS, d.report().format());
        assertEquals(7, d.groups().size());
        for (int i = 0; i < 7; i++) {
            SampledPrompt p = all.get(i);
            assertArrayEquals(p.prompt().ids(), ((Text.Ids) d.groups().get(i).prompt()).ids());
            assertArrayEquals(p.answers().get(BestOfN.best(p.scores())).ids(), ids(d.groups().get(i), 0));
            assertEquals(Arrays.stream(p.scores()).max().orElseThrow(), d.groups().get(i).responses().get(0).score());
        }
    }

    /** The text fields stand beside the tokens for models with other tokenizers. */
    @Test
    void rowsReadAsTextToo() {
        Path file = temp.resolve("rows.jsonl");
        KeptRows.make(scored, new KeepPairs(null, Ranking.ALL_PAIRS, null, 1), temp, SamplingListener.NONE).write(file, p -> true);
        TextGroup g = new DataLoader(DataSettings.of(TaskKind.PAIR).withFormat(DataFormat.PREFERENCE)).read(file).groups().get(0);
        assertEquals(all().get(0).prompt().text(), g.prompt());
        assertTrue(g.responses().get(0).score() > g.responses().get(1).score());
    }

    @Test
    void answersAboveAThresholdAreKept() {
        double[] rewards = all().stream().flatMapToDouble(p -> Arrays.stream(p.scores())).toArray();
        double max = Arrays.stream(rewards).max().orElseThrow();
        double min = Arrays.stream(rewards).min().orElseThrow();
        long expected = Arrays.stream(rewards).filter(r -> (r - min) / (max - min) > 0.7).count();
        assertTrue(expected > 0 && expected < rewards.length);
        assertEquals(expected, read(KeepAbove.of(scored, Normalization.MIN_MAX, false, 0.7), TaskKind.DEMONSTRATION).groups().size());
        long best = all().stream().mapToLong(p -> Arrays.stream(p.scores()).filter(s -> s == Arrays.stream(p.scores()).max().orElseThrow()).count()).sum();
        assertEquals(best, read(KeepAbove.of(scored, Normalization.MIN_MAX, true, 0.999), TaskKind.DEMONSTRATION).groups().size());
    }

    @Test
    void pairsOfWhatRejectionSamplingAccepts() {
        RejectionSampling rso = new RejectionSampling(4, 0.5);
        KeepPairs keep = new KeepPairs(rso, Ranking.FIRST_ROUND, null, 5);
        List<SampledPrompt> all = all();
        List<Kept> kept = keep.of(all);
        for (int i = 0; i < kept.size(); i++) {
            SampledPrompt p = all.get(i);
            assertEquals(rso.acceptanceRate(p.scores()), kept.get(i).numbers().get("acceptance"));
            assertEquals(2, kept.get(i).rows().size() + kept.get(i).numbers().get("ties"));
            for (Row r : kept.get(i).rows()) {
                Row.Pair pair = (Row.Pair) r;
                assertTrue(pair.chosen().score() > pair.rejected().score());
            }
        }
        assertEquals(kept.get(4), keep.of(all.subList(4, 5)).get(0), "what is made of a prompt does not depend on the others");
        TextDataset d = read(keep, TaskKind.PAIR);
        assertEquals(DataFormat.IDS_PREFERENCE, d.report().format());
        assertEquals(0, d.report().ungraded());
        assertEquals(kept.stream().mapToInt(k -> k.rows().size()).sum(), d.groups().size());
    }

    /** A ranker that prefers the worse answer turns all pairs round and is asked about the two answers alone. */
    @Test
    void aRankerDecidesPairsAndLabels() {
        Ranker contrary = new Ranker() {
            @Override
            public double[][] preferences(Question q) {
                return PointwiseRanker.of(q.answers().stream().mapToDouble(a -> -TinyPolicy.EvenLetters.score(a.text())).toArray());
            }

            @Override
            public String name() {
                return "contrary";
            }

            @Override
            public String digest() {
                return "c".repeat(64);
            }
        };
        new KeepPairs(null, Ranking.ALL_PAIRS, contrary, 1).of(all()).forEach(k -> k.rows().forEach(r -> assertTrue(((Row.Pair) r).chosen().score() < ((Row.Pair) r).rejected().score())));
        double[] labels = ((Row.Listed) new KeepLists(contrary).of(all()).get(0).rows().get(0)).labels();
        double[] opposite = ((Row.Listed) new KeepLists(null).of(all()).get(0).rows().get(0)).labels();
        for (int i = 0; i < N; i++) {
            // Two sums of the same six numbers, rounded apart.
            assertEquals(1 - opposite[i], labels[i], 1e-12);
        }
    }

    @Test
    void listsCarryLipoLabels() {
        TextDataset d = read(new KeepLists(null), TaskKind.LIST);
        assertEquals(DataFormat.IDS_LIST, d.report().format());
        SampledPrompt p = all().get(2);
        double[] labels = Labels.ofPreferences(PointwiseRanker.of(p.scores()));
        TextGroup g = d.groups().get(2);
        int[] order = Rewards.order(labels);
        for (int i = 0; i < N; i++) {
            assertArrayEquals(p.answers().get(order[i]).ids(), ids(g, i));
            assertEquals(labels[order[i]], g.responses().get(i).score());
        }
    }

    @Test
    void theLikeliestCandidateIsTheModelsOwn() {
        for (boolean normalised : new boolean[] {false, true}) {
            Sampled likely = new PolicySampler(tiny.policy, TinyPolicy.settings(N, 2)).sample(TinyPolicy.prompts(7), stores, SamplingListener.NONE)
                    .score(new LikelihoodReward(new Policy(tiny.policy.model(), new Reading()), normalised, true), temp, SamplingListener.NONE);
            likely.forEach(p -> p.answers().forEach(a -> assertEquals(a.logProb() / (normalised ? a.ids().length : 1), a.score(), 1e-4, "cache against a whole pass, in float32")));
        }
    }

    /** Letters that also read prompts and answers: as they are, without an end. */
    private record Reading() implements TextEncoder {
        @Override
        public Encoding encode(Text prompt, Text response) {
            return new Encoding(encodePrompt(prompt), encodePrompt(response), false);
        }

        @Override
        public int[] encodePrompt(Text prompt) {
            return ((Text.Plain) prompt).text().chars().map(c -> c == '\n' ? 1 : c - 'a').toArray();
        }

        @Override
        public String decode(int[] ids) {
            return TinyPolicy.Letters.text(ids);
        }

        @Override
        public int vocabularySize() {
            return TinyPolicy.VOCABULARY;
        }
    }

    /** Right is an answer of at least three even letters; a rollout's reward is that of prefix and completion together. */
    @Test
    void perStepPairsEndAtThePit() {
        SamplingSettings rollouts = SamplingSettings.of(5, SamplingOptions.plain(6), 9);
        TinyPolicy.EvenLetters reward = new TinyPolicy.EvenLetters();
        SampledAnswer right = answer(2, 4, 6);
        SampledAnswer wrong = answer(3, 1, 5, 7, 1, 9, 1, 11, 3);
        SampledPrompt p = new SampledPrompt(0, 4, TinyPolicy.prompt(3, 4), List.of(wrong, right, wrong));
        Kept kept = new KeepSteps(tiny.policy, reward, 3, rollouts, Steps.LINES, 1).of(List.of(p)).get(0);
        assertEquals(1, kept.rows().size());
        assertEquals(4.0, kept.numbers().get("steps"));
        Row.Pair pair = (Row.Pair) kept.rows().get(0);
        assertEquals(right, pair.chosen());
        int pit = kept.numbers().get("pit").intValue();
        int[] ends = {2, 5, 7, 9};
        assertArrayEquals(Arrays.copyOf(wrong.ids(), ends[pit - 1]), pair.rejected().ids());
        assertEquals(TinyPolicy.Letters.text(pair.rejected().ids()), pair.rejected().text());
        assertEquals(pit == 4, pair.rejected().ended());
        // Three unfinished prefixes were completed; the same completions, scored here, have their lowest value at the pit.
        assertEquals(3, reward.asked);
        double[] q = new double[4];
        for (int s = 0; s < 3; s++) {
            int[] start = Arrays.copyOf(wrong.ids(), ends[s]);
            int[] prompt = IntStream.concat(Arrays.stream(p.prompt().ids()), Arrays.stream(start)).toArray();
            for (SampledAnswer c : tiny.policy.answer(List.of(new Request(prompt, 5, seed(prompt))), rollouts.options(), List.of(), x -> { }).get(0)) {
                q[s] += TinyPolicy.EvenLetters.score(TinyPolicy.Letters.text(start) + c.text()) >= 3 ? 0.2 : 0;
            }
        }
        assertEquals(pit - 1, Steps.pit(q), Arrays.toString(q));
        assertTrue(q[0] > 0, "some rollouts are right, so that values are not all alike: " + Arrays.toString(q));
    }

    private static long seed(int[] prompt) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * prompt.length);
        bytes.asIntBuffer().put(prompt);
        long example = ByteBuffer.wrap(Digests.newDigest().digest(bytes.array())).getLong();
        return Streams.of(9, "rollouts", example).nextLong();
    }

    @Test
    void promptsWithoutARightAndAWrongSolutionGiveNoStepPairs() {
        SamplingSettings rollouts = SamplingSettings.of(2, SamplingOptions.plain(3), 9);
        KeepSteps keep = new KeepSteps(tiny.policy, new TinyPolicy.EvenLetters(), 3, rollouts, Steps.LINES, 2);
        SampledPrompt allRight = new SampledPrompt(0, 1, TinyPolicy.prompt(3), List.of(answer(2, 4, 6)));
        SampledPrompt allWrong = new SampledPrompt(1, 2, TinyPolicy.prompt(4), List.of(answer(3, 1, 5), answer(5)));
        keep.of(List.of(allRight, allWrong)).forEach(k -> assertEquals(List.of(), k.rows()));
    }

    private static SampledAnswer answer(int... ids) {
        String text = TinyPolicy.Letters.text(ids);
        return new SampledAnswer(text, ids, -1, FinishReason.STOP_TOKEN, TinyPolicy.EvenLetters.score(text));
    }

    /** A judge that holds every second answer it is asked about right. */
    @Test
    void s3ftTakesOwnWordsThenAParaphraseThenGold() {
        Policy reading = new Policy(tiny.policy.model(), new Reading());
        int[] asked = {0};
        List<String> references = new ArrayList<>();
        Reward judge = new Reward() {
            @Override
            public List<double[]> score(List<Question> questions) {
                questions.forEach(q -> references.add(q.reference()));
                return questions.stream().map(q -> new double[] {asked[0]++ % 2}).toList();
            }

            @Override
            public String name() {
                return "judge";
            }

            @Override
            public String digest() {
                return "j".repeat(64);
            }
        };
        List<SampledPrompt> prompts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Prompt p = new Prompt(new Text.Plain("d" + (char) ('e' + i)), new int[] {3, 4 + i}, "hgf");
            prompts.add(new SampledPrompt(i, i, p, List.of(answer(3, 5).withScore(i == 1 ? 1 : 0))));
        }
        List<Kept> kept = new KeepS3ft(reading, judge, 1, "{prompt}{reference}", SamplingOptions.greedy(4), List.of()).of(prompts);
        List<String> sources = kept.stream().map(k -> k.numbers().entrySet().stream().filter(e -> e.getValue() == 1).findFirst().orElseThrow().getKey()).toList();
        assertEquals(List.of("gold", "own", "paraphrase", "gold"), sources);
        assertEquals(prompts.get(1).answers().get(0), ((Row.Demonstration) kept.get(1).rows().get(0)).answer());
        assertArrayEquals(new int[] {7, 6, 5}, ((Row.Demonstration) kept.get(0).rows().get(0)).answer().ids());
        assertEquals(List.of("hgf", "hgf", "hgf"), references);
        // The paraphrase is what the model says to the filled template.
        int[] filled = {3, 6, 7, 6, 5};
        SampledAnswer said = reading.answer(List.of(Request.of(filled, 0)), SamplingOptions.greedy(4), List.of(), x -> { }).get(0).get(0);
        assertArrayEquals(said.ids(), ((Row.Demonstration) kept.get(2).rows().get(0)).answer().ids());
        assertThrows(IllegalArgumentException.class, () -> new KeepS3ft(reading, judge, 1, "no slot", SamplingOptions.greedy(4), List.of()));
    }

    @Test
    void theSummaryCountsWhatIsThere() {
        KeptSummary s = KeptRows.make(scored, new KeepBest(1), temp, SamplingListener.NONE).summary();
        List<SampledPrompt> all = all();
        assertEquals(7, s.prompts());
        assertEquals(7 * N, s.answers());
        assertEquals(7, s.rows());
        assertEquals(0, s.barren());
        assertEquals(all.stream().mapToInt(SampledPrompt::duplicates).sum(), s.duplicates());
        assertEquals(all.stream().flatMap(p -> p.answers().stream()).filter(a -> !a.ended()).count(), s.unfinished());
        assertEquals(all.stream().mapToDouble(p -> Arrays.stream(p.scores()).average().orElseThrow()).average().orElseThrow(), s.sampled().value(), 1e-12);
        assertEquals(all.stream().mapToDouble(p -> Arrays.stream(p.scores()).max().orElseThrow()).average().orElseThrow(), s.kept().value(), 1e-12);
        assertEquals(List.of(1, 2, 4), List.copyOf(s.bestOfN().keySet()));
        assertEquals(s.sampled().value(), s.bestOfN().get(1).value(), 1e-12);
        assertTrue(Double.isNaN(s.rejected().value()));
    }

    @Test
    void rowsAreMadeOnceAndSplitByPrompt() throws IOException {
        KeepPairs keep = new KeepPairs(null, Ranking.TOURNAMENT, null, 5);
        KeptRows first = KeptRows.make(scored, keep, temp.resolve("a"), SamplingListener.NONE);
        Map<String, byte[]> files = SampledTest.files(temp.resolve("a"));
        Keep never = new Keep() {

            @Override
            public List<Kept> of(List<SampledPrompt> prompts) {
                throw new AssertionError("made again");
            }

            @Override
            public Map<String, Object> identity() {
                return keep.identity();
            }
        };
        KeptRows second = KeptRows.make(scored, never, temp.resolve("a"), SamplingListener.NONE);
        SampledTest.same(files, SampledTest.files(temp.resolve("a")));
        Prompt out = scored.prompts().get(3);
        long train = second.write(temp.resolve("train.jsonl"), p -> p != out);
        long heldOut = second.write(temp.resolve("held.jsonl"), p -> p == out);
        assertEquals(first.write(temp.resolve("all.jsonl"), p -> true), train + heldOut);
        assertTrue(heldOut > 0 && train > heldOut);
        assertFalse(Files.readString(temp.resolve("train.jsonl")).contains("\"prompt_ids\":" + Arrays.toString(out.ids()).replace(" ", "") + ","));
    }
}
