package org.align4j.examples.study;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.align4j.core.train.Streams;

/**
 * A task whose true reward is known: put some letters in order. The prompt is the letters, shuffled, and a question mark; the best response is the letters in
 * alphabetical order and an end token. Responses are good by degrees, which the gold reward says:
 *
 * <pre>  gold = (pairs of the prompt's letters in the right order, each letter where it first stands) / (all pairs) − 0.1 · (letters too many)</pre>
 *
 * <p>at most 1; half of what is at least 0 is lost by a response that does not end. Tokens: 0 is the end, 1 the question mark, 2 … 27 the letters.
 */
final class SortingTask {
    static final int END = 0;
    static final int ASK = 1;
    static final int VOCABULARY = 28;
    static final int LETTERS = 8;
    /** Most tokens of a response. */
    static final int MAX_TOKENS = LETTERS + 2;

    private SortingTask() {}

    /** A prompt: eight letters out of 26 in any order, of which there are 6·10¹⁰, so that two splits hardly ever share one. */
    static int[] prompt(long seed, String split, int index) {
        RandomGenerator random = Streams.of(seed, "prompt " + split, index);
        int[] letters = Streams.permutation(VOCABULARY - 2, random);
        int[] prompt = new int[LETTERS + 1];
        for (int i = 0; i < LETTERS; i++) {
            prompt[i] = letters[i] + 2;
        }
        prompt[LETTERS] = ASK;
        return prompt;
    }

    /**
     * A response by somebody who sorts carelessly: every letter is taken for one up to some places off.
     *
     * @param noise standard deviation of the mistaken place, in places among the prompt's letters
     * @param slips probability for every letter to be left out or written twice
     */
    static int[] careless(int[] prompt, double noise, double slips, RandomGenerator random) {
        int[] letters = Arrays.copyOf(prompt, LETTERS);
        Arrays.sort(letters);
        double[] place = new double[LETTERS];
        for (int i = 0; i < LETTERS; i++) {
            place[i] = i + noise * random.nextGaussian();
        }
        Integer[] order = new Integer[LETTERS];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(place[a], place[b]));
        int[] out = new int[MAX_TOKENS];
        int n = 0;
        for (int i : order) {
            double u = random.nextDouble();
            int copies = u < slips / 2 ? 0 : u < slips ? 2 : 1;
            for (int c = 0; c < copies && n < MAX_TOKENS - 1; c++) {
                out[n++] = letters[i];
            }
        }
        out[n++] = END;
        return Arrays.copyOf(out, n);
    }

    /** The true reward of a response, its end token included where it has one. */
    static double gold(int[] prompt, int[] response) {
        int[] first = new int[VOCABULARY];
        Arrays.fill(first, -1);
        boolean[] asked = new boolean[VOCABULARY];
        for (int i = 0; i < LETTERS; i++) {
            asked[prompt[i]] = true;
        }
        boolean ended = response.length > 0 && response[response.length - 1] == END;
        int many = 0;
        for (int t = 0; t < response.length - (ended ? 1 : 0); t++) {
            if (!asked[response[t]] || first[response[t]] >= 0) {
                many++;
            } else {
                first[response[t]] = t;
            }
        }
        int right = 0;
        for (int a = 2; a < VOCABULARY; a++) {
            for (int b = a + 1; b < VOCABULARY; b++) {
                right += asked[a] && asked[b] && first[a] >= 0 && first[a] < first[b] ? 1 : 0;
            }
        }
        double score = right / (LETTERS * (LETTERS - 1) / 2.0) - 0.1 * many;
        return ended || score < 0 ? score : score / 2;
    }
}
