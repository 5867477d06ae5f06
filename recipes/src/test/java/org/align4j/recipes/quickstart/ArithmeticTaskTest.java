package org.align4j.recipes.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.train.Streams;
import org.align4j.recipes.quickstart.ArithmeticTask.Split;
import org.align4j.recipes.quickstart.Problem.Operation;
import org.align4j.rewardmodels.verifier.FinalAnswerVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArithmeticTaskTest {
    private static final int MANY = 3000;

    private static List<Problem> problems(Split split, long seed) {
        return ArithmeticTask.problems(split, MANY, Streams.of(seed, "test", 0));
    }

    @Test
    void theSameSeedGivesTheSameProblems() {
        assertEquals(problems(Split.TRAIN, 5), problems(Split.TRAIN, 5));
        assertNotEquals(problems(Split.TRAIN, 5), problems(Split.TRAIN, 6));
    }

    /** The stories are read back, sentence by sentence, by rules of their own: who owns how many of what. */
    @ParameterizedTest
    @EnumSource(Split.class)
    void answersAreWhatTheStoriesSay(Split split) {
        for (Problem p : problems(split, 7)) {
            assertEquals(new Reader().read(p.prompt()), p.answer(), p.prompt());
        }
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void solutionsAreRightAndWellFormed(Split split) {
        Pattern equation = Pattern.compile("(\\d+) ([-+*]) (\\d+) = (\\d+)");
        FinalAnswerVerifier verifier = new FinalAnswerVerifier(List.of("####"));
        for (Problem p : problems(split, 8)) {
            Matcher m = equation.matcher(p.solution());
            int last = -1;
            int steps = 0;
            while (m.find()) {
                int a = Integer.parseInt(m.group(1));
                int b = Integer.parseInt(m.group(3));
                int expected = m.group(2).equals("+") ? a + b : m.group(2).equals("-") ? a - b : a * b;
                assertEquals(expected, Integer.parseInt(m.group(4)), p.solution());
                assertTrue(last < 0 || last == a, "a step goes on from the one before: " + p.solution());
                last = expected;
                steps++;
            }
            assertTrue(steps >= 1 && steps <= 3, p.solution());
            assertEquals(last, p.answer());
            assertTrue(verifier.verify(p.prompt(), p.solution(), Integer.toString(last)).correct(), p.solution());
            assertTrue(verifier.verify(p.prompt(), p.solution(), Integer.toString(last)).formatValid(), p.solution());
            assertTrue(p.solution().startsWith(" "), "a completion follows its prompt as it is");
        }
    }

    @Test
    void numbersStaySmallAndNonNegative() {
        Pattern number = Pattern.compile("\\d+");
        for (Problem p : problems(Split.TRAIN, 9)) {
            Matcher m = number.matcher(p.prompt() + p.solution());
            while (m.find()) {
                assertTrue(Integer.parseInt(m.group()) <= Stories.MOST, p.prompt() + p.solution());
            }
        }
    }

    @Test
    void splitsShareNoContent() {
        Map<String, Split> seen = new HashMap<>();
        for (Split split : Split.values()) {
            for (Problem p : problems(split, 10)) {
                assertEquals(split, ArithmeticTask.split(p));
                Split other = seen.putIfAbsent(p.content(), split);
                assertTrue(other == null || other == split, p.content());
            }
        }
        assertTrue(seen.size() > 1000, "contents: " + seen.size());
        Map<Split, Long> sizes = seen.values().stream().collect(Collectors.groupingBy(s -> s, Collectors.counting()));
        assertTrue(sizes.get(Split.TEST) > 100 && sizes.get(Split.DEV) > 50, sizes.toString());
    }

    /** No word problem in the corpus has the content of a held-out one, in whatever words; read off its first equations. */
    @Test
    void theCorpusHoldsNoHeldOutProblem() {
        Set<String> held = new HashSet<>();
        problems(Split.TEST, 11).forEach(p -> held.add(p.prompt()));
        Corpus corpus = new Corpus(Streams.of(11, "corpus", 0), 0.2);
        int stories = 0;
        for (int i = 0; i < 5000; i++) {
            String text = corpus.next();
            if (text.contains("?")) {
                assertTrue(!held.contains(text.substring(0, text.indexOf('?') + 1)), text);
                stories++;
            }
        }
        assertTrue(stories > 3000);
    }

    @Test
    void theCorpusIsCarelessAsOftenAsAsked() {
        for (double asked : new double[] {0, 0.3}) {
            Corpus corpus = new Corpus(Streams.of(12, "corpus", 0), asked);
            int stories = 0;
            int wrong = 0;
            for (int i = 0; i < 4000; i++) {
                String text = corpus.next();
                int at = text.indexOf('?');
                if (at > 0) {
                    List<Integer> numbers = new ArrayList<>();
                    Matcher m = Pattern.compile("\\d+").matcher(text.substring(at));
                    while (m.find()) {
                        numbers.add(Integer.parseInt(m.group()));
                    }
                    stories++;
                    wrong += numbers.get(numbers.size() - 1) == new Reader().read(text.substring(0, at + 1)) ? 0 : 1;
                }
            }
            // A slip can be taken back by the range of numbers or by chance, so a little less than asked.
            assertEquals(asked, (double) wrong / stories, 0.03);
            assertTrue(asked > 0 || wrong == 0);
        }
    }

    @Test
    void demonstrationsAreRightAndPartlyTerse() {
        List<Problem> problems = problems(Split.TRAIN, 13);
        List<String> texts = Demonstrations.of(problems, 0.55, Streams.of(13, "demonstrations", 0));
        int terse = 0;
        for (int i = 0; i < MANY; i++) {
            assertTrue(texts.get(i).endsWith(" #### " + problems.get(i).answer()));
            terse += texts.get(i).contains("=") ? 0 : 1;
        }
        assertEquals(0.55, (double) terse / MANY, 0.03);
    }

    @Test
    void problemsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new Problem("?", 3, List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Operation('/', 3));
        assertThrows(IllegalArgumentException.class, () -> new Operation('+', -3));
    }

    /** Follows a story with a ledger of who has how many of what. */
    private static final class Reader {
        private final Map<String, Map<String, Integer>> owned = new HashMap<>();
        private String hero;
        private String thing;

        int read(String prompt) {
            int end = prompt.lastIndexOf(". ");
            for (String sentence : prompt.substring(0, end).split("\\. ")) {
                sentence(sentence.split(" "));
            }
            Matcher q = Pattern.compile("How many (\\w+) (?:has (\\w+)|have both) now\\?").matcher(prompt.substring(end + 2));
            assertTrue(q.matches(), prompt);
            return q.group(2) != null ? owned.get(q.group(2)).get(q.group(1)) : owned.values().stream().mapToInt(o -> o.getOrDefault(q.group(1), 0)).sum();
        }

        private void sentence(String[] w) {
            String who = w[0];
            switch (w[1]) {
                case "has" -> has(who, Integer.parseInt(w[2]), w[3]);
                case "is" -> assertEquals("old", w[4]);
                case "fills" -> {
                    hero = who;
                    thing = w[5];
                    add(who, Integer.parseInt(w[2]) * Integer.parseInt(w[w.length - 3]), w[w.length - 2]);
                    thing = w[w.length - 2];
                }
                case "buys" -> add(who, Integer.parseInt(w[2]), w[3].equals("more") ? thing : w[3]);
                case "finds", "gets" -> add(who, Integer.parseInt(w[2]), thing);
                case "loses", "sells" -> add(who, -Integer.parseInt(w[2]), thing);
                case "gives" -> {
                    add(who, -Integer.parseInt(w[3]), thing);
                    add(w[2], Integer.parseInt(w[3]), thing);
                }
                case "takes" -> add(w[4], -Integer.parseInt(w[2]), thing);
                default -> throw new AssertionError(String.join(" ", w));
            }
        }

        private void has(String who, int number, String what) {
            if (hero == null) {
                hero = who;
                thing = what;
                add(who, number, what);
            } else if (what.equals("more") || what.equals("less")) {
                add(who, owned.get(hero).get(thing) + (what.equals("more") ? number : -number), thing);
            } else {
                add(who, number, what);
            }
        }

        private void add(String who, int number, String what) {
            owned.computeIfAbsent(who, k -> new HashMap<>()).merge(what, number, Integer::sum);
        }
    }
}
