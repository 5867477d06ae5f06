package org.align4j.rewardmodels.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.FinishReason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampledTest {
    @TempDir
    Path temp;
    private static TinyPolicy tiny;

    @BeforeAll
    static void open() {
        tiny = new TinyPolicy(3);
    }

    @AfterAll
    static void close() {
        tiny.close();
    }

    private Sampled sample(List<Prompt> prompts, SamplingSettings settings, Path parent, SamplingListener listener) {
        return new PolicySampler(tiny.policy, settings).sample(prompts, parent, listener);
    }

    private static List<SampledPrompt> all(Sampled s) {
        List<SampledPrompt> all = new ArrayList<>();
        s.forEach(all::add);
        return all;
    }

    /** Log-probabilities of a pass over the finished sequences; the cache computes the same sums in another order, in float32. */
    @Test
    void answersAreWhatTheModelSampled() {
        List<Prompt> prompts = TinyPolicy.prompts(5);
        List<SampledPrompt> sampled = all(sample(prompts, TinyPolicy.settings(4, 2), temp, SamplingListener.NONE));
        assertEquals(5, sampled.size());
        for (int i = 0; i < 5; i++) {
            SampledPrompt p = sampled.get(i);
            assertEquals(i, p.index());
            assertEquals(4, p.answers().size());
            for (SampledAnswer a : p.answers()) {
                assertTrue(a.ids().length >= 1 && a.ids().length <= 6);
                boolean end = a.finish() == FinishReason.STOP_TOKEN;
                assertEquals(TinyPolicy.Letters.text(Arrays.copyOf(a.ids(), a.ids().length - (end ? 1 : 0))), a.text());
                Group g = new Group(new Location("x", 1), prompts.get(i).ids(), List.of(new Group.Response(a.ids(), Double.NaN, null, true)));
                double sum = 0;
                for (double v : tiny.policy.model().logProbs(PackedBatch.of(List.of(g)))) {
                    sum += v;
                }
                assertEquals(sum, a.logProb(), 1e-4);
                assertTrue(Double.isNaN(a.score()));
            }
        }
    }

    @Test
    void whatIsThereIsNotMadeAgain() throws IOException {
        List<Prompt> prompts = TinyPolicy.prompts(7);
        SamplingSettings settings = TinyPolicy.settings(3, 2);
        TinyPolicy.EvenLetters reward = new TinyPolicy.EvenLetters();
        Sampled first = sample(prompts, settings, temp, SamplingListener.NONE).score(reward, temp, SamplingListener.NONE);
        Map<String, byte[]> files = files(temp);
        assertEquals(7, reward.asked);
        List<Long> tokens = new ArrayList<>();
        Sampled second = sample(prompts, settings, temp, new SamplingListener() {
            @Override
            public void progress(String work, int done, int total, long sampled) {
                assertEquals(7, done);
                tokens.add(sampled);
            }
        }).score(reward, temp, SamplingListener.NONE);
        assertEquals(List.of(0L), tokens, "nothing is sampled the second time");
        assertEquals(7, reward.asked, "nothing is scored the second time");
        assertEquals(first.digest(), second.digest());
        same(files, files(temp));
        all(second).forEach(p -> p.answers().forEach(a -> assertEquals(TinyPolicy.EvenLetters.score(a.text()), a.score())));
    }

    /** Everything that answers depend on gives them another name. */
    @Test
    void otherInputsHaveOtherNames() {
        List<Prompt> prompts = TinyPolicy.prompts(2);
        SamplingSettings s = TinyPolicy.settings(2, 2);
        HashSet<Path> names = new HashSet<>();
        names.add(sample(prompts, s, temp, SamplingListener.NONE).directory());
        names.add(sample(prompts.subList(0, 1), s, temp, SamplingListener.NONE).directory());
        names.add(sample(prompts, s.withShardPrompts(1), temp, SamplingListener.NONE).directory());
        names.add(sample(prompts, s.withStop(List.of("zz")), temp, SamplingListener.NONE).directory());
        names.add(sample(prompts, new SamplingSettings(2, s.options(), List.of(), 22, 2), temp, SamplingListener.NONE).directory());
        names.add(sample(prompts, new SamplingSettings(3, s.options(), List.of(), 21, 2), temp, SamplingListener.NONE).directory());
        names.add(sample(prompts, new SamplingSettings(2, s.options().withTemperature(0.5), List.of(), 21, 2), temp, SamplingListener.NONE).directory());
        names.add(sample(List.of(prompts.get(0), new Prompt(prompts.get(1).text(), prompts.get(1).ids(), "other")), s, temp, SamplingListener.NONE).directory());
        Policy smaller = new Policy(tiny.policy.model(), tiny.policy.encoder(), new BatchLimits(1, 16));
        names.add(new PolicySampler(smaller, s).sample(prompts, temp, SamplingListener.NONE).directory());
        try (TinyPolicy other = new TinyPolicy(4)) {
            names.add(new PolicySampler(other.policy, s).sample(prompts, temp, SamplingListener.NONE).directory());
        }
        assertEquals(10, names.size());
    }

    /** Prompts that come before, after or in between leave an example's answers as they are; a prompt that stands twice has answers of its own each time. */
    @Test
    void answersBelongToTheExample() {
        List<Prompt> few = TinyPolicy.prompts(4);
        List<SampledPrompt> alone = all(sample(few, TinyPolicy.settings(3, 1), temp, SamplingListener.NONE));
        List<Prompt> mixed = List.of(TinyPolicy.prompt(9, 9), few.get(3), few.get(1), few.get(0), few.get(1), few.get(2));
        List<SampledPrompt> among = all(sample(mixed, TinyPolicy.settings(3, 4), temp, SamplingListener.NONE));
        int[] at = {3, 2, 5, 1};
        for (int i = 0; i < 4; i++) {
            for (int k = 0; k < 3; k++) {
                assertArrayEquals(alone.get(i).answers().get(k).ids(), among.get(at[i]).answers().get(k).ids());
            }
        }
        assertNotEquals(ids(among.get(2)), ids(among.get(4)));
    }

    private static List<List<Integer>> ids(SampledPrompt p) {
        return p.answers().stream().map(a -> Arrays.stream(a.ids()).boxed().toList()).toList();
    }

    /** Stopped after every shard of samples and of scores, the files are those of a run that was never stopped. */
    @Test
    void stoppedAnywhereItComesToTheSameBytes() throws IOException {
        List<Prompt> prompts = TinyPolicy.prompts(7);
        SamplingSettings settings = TinyPolicy.settings(3, 2);
        sample(prompts, settings, temp.resolve("whole"), SamplingListener.NONE).score(new TinyPolicy.EvenLetters(), temp.resolve("whole"), SamplingListener.NONE);
        int stops = 0;
        for (boolean done = false; !done;) {
            SamplingListener oneShard = new SamplingListener() {
                @Override
                public boolean stop() {
                    return true;
                }
            };
            try {
                sample(prompts, settings, temp.resolve("stopped"), oneShard).score(new TinyPolicy.EvenLetters(), temp.resolve("stopped"), oneShard);
                done = true;
            } catch (SamplingStopped e) {
                assertTrue(Files.isDirectory(e.directory()));
                stops++;
            }
        }
        assertEquals(3 + 3, stops);
        same(files(temp.resolve("whole")), files(temp.resolve("stopped")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"flip", "truncate", "delete", "append", "leftover", "manifest garbage", "manifest deleted", "manifest of others"})
    void whatIsDamagedIsMadeAgainAndSaid(String damage) throws IOException {
        List<Prompt> prompts = TinyPolicy.prompts(7);
        SamplingSettings settings = TinyPolicy.settings(3, 2);
        Path dir = sample(prompts, settings, temp, SamplingListener.NONE).directory();
        Map<String, byte[]> whole = files(temp);
        Path shard = dir.resolve(ShardStore.name(2));
        byte[] bytes = Files.readAllBytes(shard);
        switch (damage) {
            case "flip" -> {
                bytes[bytes.length / 2] ^= 1;
                Files.write(shard, bytes);
            }
            case "truncate" -> Files.write(shard, Arrays.copyOf(bytes, bytes.length / 3));
            case "delete" -> Files.delete(shard);
            case "append" -> Files.write(shard, new byte[] {'\n'}, java.nio.file.StandardOpenOption.APPEND);
            // What a process killed while it wrote leaves behind: half a file under a temporary name of a process that is no more.
            case "leftover" -> Files.write(dir.resolve("." + ShardStore.name(2) + ".999999999-1f.tmp"), new byte[10]);
            case "manifest garbage" -> Files.writeString(dir.resolve(ShardStore.MANIFEST), "{\"digest\": ");
            case "manifest deleted" -> Files.delete(dir.resolve(ShardStore.MANIFEST));
            default -> Files.writeString(dir.resolve(ShardStore.MANIFEST), "{\"digest\": \"00\", \"finished\": {}}");
        }
        List<String> said = new ArrayList<>();
        SamplingListener listener = new SamplingListener() {
            @Override
            public void message(String text) {
                said.add(text);
            }
        };
        sample(prompts, settings, temp, listener);
        same(whole, files(temp));
        boolean silent = damage.equals("leftover") || damage.equals("manifest deleted");
        assertEquals(silent ? 0 : 1, said.size(), said.toString());
        said.forEach(s -> assertTrue(s.contains("damaged") && s.contains("made again"), s));
    }

    @Test
    void aShardThatChangesWhileItIsUsedIsRefused() throws IOException {
        Sampled s = sample(TinyPolicy.prompts(2), TinyPolicy.settings(2, 1), temp, SamplingListener.NONE);
        Files.writeString(s.directory().resolve(ShardStore.name(1)), "{}\n");
        assertThrows(UserException.class, () -> s.shard(1));
    }

    @Test
    void duplicatesAreCountedAndKept() {
        SampledPrompt p = all(sample(List.of(TinyPolicy.prompt(2)), new SamplingSettings(40,
                TinyPolicy.settings(1, 1).options().withTemperature(0.01), List.of(), 1, 1), temp, SamplingListener.NONE)).get(0);
        assertEquals(40, p.answers().size());
        assertEquals(40 - new HashSet<>(ids(p)).size(), p.duplicates());
        assertTrue(p.duplicates() > 0);
    }

    @Test
    void stopStringsEndAnswersAndAreNotPartOfTheText() {
        Sampled s = sample(TinyPolicy.prompts(8), TinyPolicy.settings(6, 8).withStop(List.of("d", "h")), temp, SamplingListener.NONE);
        int[] stopped = {0};
        s.forEach(p -> p.answers().forEach(a -> {
            assertTrue(!a.text().contains("d") && !a.text().contains("h"), a.text());
            if (a.finish() == FinishReason.STOP_RULE) {
                stopped[0]++;
                assertEquals(a.text().length() + 1, a.ids().length);
            }
        }));
        assertTrue(stopped[0] > 0);
    }

    @Test
    void provenanceNamesTheInputs() throws IOException {
        Sampled s = sample(TinyPolicy.prompts(2), TinyPolicy.settings(2, 1), temp, SamplingListener.NONE).score(new TinyPolicy.EvenLetters(), temp, SamplingListener.NONE);
        String samples = Files.readString(s.directory().resolve(ShardStore.PROVENANCE));
        for (String input : List.of("policy", "architecture", "backend", "prompts", "options", "seed", "shard_prompts", "java", "align4j")) {
            assertTrue(samples.contains("\"" + input + "\""), samples);
        }
        assertTrue(Files.readString(s.scoreDirectory().resolve(ShardStore.PROVENANCE)).contains("even letters"));
    }

    @Test
    void refusesWhatCannotBeSampled() {
        assertThrows(UserException.class, () -> sample(List.of(), TinyPolicy.settings(2, 1), temp, SamplingListener.NONE));
        assertThrows(IllegalArgumentException.class, () -> SamplingSettings.of(2, org.align4j.core.generate.SamplingOptions.greedy(3), 1));
        assertThrows(IllegalArgumentException.class, () -> TinyPolicy.prompt());
    }

    static Map<String, byte[]> files(Path root) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path p : walk.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(p).toString(), Files.readAllBytes(p));
            }
        }
        return files;
    }

    static void same(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }
}
