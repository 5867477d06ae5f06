package org.align4j.recipes.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.train.Streams;
import org.align4j.losses.Loss;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.pair.DpoLoss;
import org.align4j.losses.supervised.NllLoss;

/**
 * What an update works on: rows of random tokens, in groups that share a prompt.
 *
 * @param work   what is minimised
 * @param rows   sequences of an update
 * @param group  sequences that share a prompt
 * @param length tokens of prompt and response together
 * @param prompt tokens of the prompt
 */
record BenchData(Work work, int rows, int group, int length, int prompt) {
    /** The kinds of update, by their names in the table. */
    enum Work {
        /** Negative log-likelihood of the responses, each with a prompt of its own. */
        SFT,
        /** DPO over pairs that share a prompt. */
        DPO,
        /** LiPO-λ over lists of responses to one prompt, with a reference. */
        LIST;

        boolean reference() {
            return this != SFT;
        }

        Loss loss() {
            return switch (this) {
                case SFT -> new NllLoss();
                case DPO -> new DpoLoss(0.1);
                case LIST -> new LambdaLoss();
            };
        }
    }

    /**
     * The data of a line of the table: {@code pairs} pairs, or as many rows in another division.
     *
     * @param responses responses in a list
     */
    static BenchData of(Work work, int pairs, int responses, int length, int prompt) {
        return new BenchData(work, 2 * pairs, switch (work) {
            case SFT -> 1;
            case DPO -> 2;
            case LIST -> responses;
        }, length, prompt);
    }

    /** Groups of an update. */
    int groups() {
        return rows / group;
    }

    /** Tokens of an update as the user sees them, a shared prompt once for every response. */
    long tokens() {
        return (long) rows * length;
    }

    /** Groups enough for {@code updates}. Scores fall from 1 to 0 within a group. */
    List<Group> draw(int vocab, int updates) {
        RandomGenerator r = Streams.of(0, "data", 0);
        List<Group> list = new ArrayList<>();
        for (int i = 0; i < updates * groups(); i++) {
            int[] p = r.ints(prompt, 0, vocab).toArray();
            List<Group.Response> responses = new ArrayList<>();
            for (int k = 0; k < group; k++) {
                double score = group == 1 ? 1 : 1 - k / (group - 1.0);
                responses.add(new Group.Response(r.ints(length - prompt, 0, vocab).toArray(), score, null, true));
            }
            list.add(new Group(new Location("random", i), p, responses));
        }
        return list;
    }
}
