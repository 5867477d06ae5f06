package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mutated recipes: each is either refused with a place, or valid by a second, independent check and equal after writing and reading. */
@Tag("slow")
class FuzzTest {
    private static final int CASES = 8_000;
    private static final long SEED = 20261121L;
    private static final String[] SEEDS = {Examples.SMALL, Examples.FULL, Examples.FAMILIES};
    private static final String[] PIECES = {
        "{", "}", "[", "]", ":", ": ", "- ", "\t", "\n", "  ", "#", "&a ", "*a", "!!int ", "!x", "<<: ", "---\n", "...\n", "\"", "'", "|", ">", "%", "@", "`", "? ", ",", "~", "null", "true",
        "yes", "1e999", "-1", "1e-9999", "0x10", "010", "1_000", "4.7", ".nan", "\u0000", "\u0007", "\ufeff", "\ud83d\ude00", "\ud800", "\u2028", "\\u12", "\"\\x4\"", "\"\\UFFFFFFFF\"", "%YAML 9.9\n",
        "%TAG ! tag:%zz\n", "!<%41>", "sft: {}", "dpo", "x: y", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{a: {a: {a: ", "999999999999999999999999", "é", "name", "learning_rate: 3", "0", "\r", "\u0085"
    };

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void mutatedRecipesAreRefusedOrValid() {
        int[] valid = {0};
        int[] checked = {0};
        for (int i = 0; i < CASES; i++) {
            String text = mutate(SEEDS[random.nextInt(SEEDS.length)]);
            String[] overrides = random.nextInt(8) == 0 ? new String[] {mutate("stages[0].sft.learning_rate=1e-4")} : new String[0];
            String label = "seed " + SEED + ", case " + i + ", overrides " + Arrays.toString(overrides) + ":\n" + text;
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> one(text, overrides, label, valid, checked), label);
        }
        assertTrue(valid[0] > CASES / 50, "mutations should leave some recipes valid, found " + valid[0]);
        assertTrue(valid[0] < CASES * 3 / 4, "mutations should break most recipes, left " + valid[0]);
        assertTrue(checked[0] > CASES / 60, "found only " + checked[0]);
    }

    private static void one(String text, String[] overrides, String label, int[] valid, int[] checked) {
        Recipe recipe;
        try {
            recipe = Examples.parse(text, overrides);
        } catch (RecipeException e) {
            assertFalse(e.problems().isEmpty(), label);
            int lines = (int) text.codePoints().filter(c -> "\n\r\u0085\u2028\u2029".indexOf(c) >= 0).count() + 1;
            for (Problem p : e.problems()) {
                boolean placed = p.at().source().startsWith("--set ") ? p.line() == 0 : p.line() >= 1 && p.line() <= lines + 1 && p.column() >= 1;
                assertTrue(placed, () -> p + " has no place in " + label);
                assertFalse(p.message().isBlank(), label);
            }
            return;
        } catch (RuntimeException e) {
            throw new AssertionError(label, e);
        }
        valid[0]++;
        if (overrides.length == 0) {
            checked[0]++;
            assertEquals(List.of(), SchemaCheck.check(SchemaTest.tree(text)), label);
        }
        String written = RecipeWriter.write(recipe);
        assertEquals(recipe, Examples.parse(written), () -> label + "\nwritten as\n" + written);
    }

    private String mutate(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(out.length() + 1);
            int end = Math.min(out.length(), at + random.nextInt(1, 8));
            switch (random.nextInt(8)) {
                case 0 -> out.delete(at, end);
                case 1 -> out.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> out.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
                case 3 -> out.insert(random.nextInt(out.length() + 1), out.substring(at, end));
                case 4 -> swapLetters(out, at);
                case 5 -> lines(out);
                case 6 -> out.setLength(random.nextInt(20) == 0 ? at : out.length());
                default -> value(out);
            }
        }
        return out.toString();
    }

    /** The commonest typo: two neighbours swapped. */
    private static void swapLetters(StringBuilder out, int at) {
        if (at + 1 < out.length()) {
            char c = out.charAt(at);
            out.setCharAt(at, out.charAt(at + 1));
            out.setCharAt(at + 1, c);
        }
    }

    /** A line doubled, dropped, moved or indented. */
    private void lines(StringBuilder out) {
        List<String> lines = new ArrayList<>(Arrays.asList(out.toString().split("\n", -1)));
        int i = random.nextInt(lines.size());
        switch (random.nextInt(4)) {
            case 0 -> lines.add(i, lines.get(i));
            case 1 -> lines.remove(i);
            case 2 -> lines.add(random.nextInt(lines.size()), lines.remove(i));
            default -> lines.set(i, " ".repeat(random.nextInt(1, 5)) + lines.get(i));
        }
        out.setLength(0);
        out.append(String.join("\n", lines));
    }

    /** A value replaced by one of another type or size. */
    private void value(StringBuilder out) {
        int colon = out.indexOf(": ", random.nextInt(out.length() + 1));
        if (colon >= 0) {
            int end = colon + 2;
            while (end < out.length() && ",}]\n".indexOf(out.charAt(end)) < 0) {
                end++;
            }
            out.replace(colon + 2, end, PIECES[random.nextInt(PIECES.length)]);
        }
    }
}
