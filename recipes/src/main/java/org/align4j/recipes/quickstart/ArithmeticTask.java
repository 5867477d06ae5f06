package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Short arithmetic word problems, as many as wanted.
 *
 * <p>Which split a problem belongs to is a function of its {@linkplain Problem#content() content} alone, so that the chain of operations of a held-out
 * problem occurs nowhere in training, in whatever words.
 */
public final class ArithmeticTask {

    /** Parts of the task that share no content. */
    public enum Split { TRAIN, DEV, TEST }

    private ArithmeticTask() {}

    /** The split a problem belongs to: of ten contents one is for development and two are held out. */
    public static Split split(Problem p) {
        int h = p.content().hashCode() * 0x9E3779B1;
        int part = Integer.remainderUnsigned(h ^ h >>> 15, 10);
        return part == 0 ? Split.DEV : part <= 2 ? Split.TEST : Split.TRAIN;
    }

    /** A problem of a split. */
    public static Problem problem(Split split, RandomGenerator random) {
        while (true) {
            Problem p = Stories.tell(random);
            if (split(p) == split) {
                return p;
            }
        }
    }

    /** Different problems of a split: no two have the same prompt. */
    public static List<Problem> problems(Split split, int count, RandomGenerator random) {
        Set<String> seen = new HashSet<>();
        List<Problem> list = new ArrayList<>();
        while (list.size() < count) {
            Problem p = problem(split, random);
            if (seen.add(p.prompt())) {
                list.add(p);
            }
        }
        return list;
    }
}
