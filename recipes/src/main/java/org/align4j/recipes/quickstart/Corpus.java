package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.recipes.quickstart.ArithmeticTask.Split;
import org.align4j.recipes.quickstart.Problem.Operation;

/**
 * Text to pretrain on, such as one might collect: sums, and word problems with answers by many hands, in many forms and of mixed quality.
 * A model trained on it knows the words and the numbers, but answers as carelessly as its sources, and rarely in the form that is wanted.
 */
public final class Corpus {
    private final RandomGenerator random;
    private final double careless;

    /**
     * @param careless part of the worked answers that contain a mistake
     */
    public Corpus(RandomGenerator random, double careless) {
        this.random = random;
        this.careless = careless;
    }

    /** The next document. Word problems are of the training split. */
    public String next() {
        int kind = random.nextInt(10);
        if (kind < 2) {
            return sums();
        }
        Problem p = ArithmeticTask.problem(Split.TRAIN, random);
        Working w = working(p, random.nextDouble() < careless);
        return p.prompt() + switch (kind) {
            case 2, 3 -> " I think it is " + w.result() + ".";
            case 4, 5, 6 -> " " + w.lines(". ") + ". So the answer is " + w.result() + ".";
            case 7, 8 -> " We get " + w.lines(" and ") + ". That makes " + w.result() + ".";
            default -> " " + w.lines(". ") + ". #### " + w.result();
        };
    }

    private String sums() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            lines.add(sum());
        }
        return " " + String.join(". ", lines) + ".";
    }

    private String sum() {
        int b = random.nextInt(2, 10);
        int kind = random.nextInt(5);
        if (kind == 0) {
            int a = random.nextInt(2, Math.max(3, Stories.MOST / b + 1));
            return Problem.equation(a, new Operation('*', b), a * b);
        } else if (kind <= 2) {
            int a = random.nextInt(1, Stories.MOST - b + 1);
            return Problem.equation(a, new Operation('+', b), a + b);
        }
        int a = random.nextInt(b, Stories.MOST + 1);
        return Problem.equation(a, new Operation('-', b), a - b);
    }

    private record Working(List<String> equations, int result) {
        String lines(String between) {
            return String.join(between, equations);
        }
    }

    /** Works a problem out; with a mistake, a step is turned round, the last one is left out, or a number slips. */
    private Working working(Problem p, boolean mistaken) {
        List<Operation> steps = new ArrayList<>(p.operations());
        int slip = -1;
        if (mistaken) {
            int at = random.nextInt(steps.size());
            int kind = random.nextInt(3);
            if (kind == 0 && steps.size() > 1) {
                steps.remove(steps.size() - 1);
            } else if (kind <= 1) {
                Operation o = steps.get(at);
                steps.set(at, new Operation(o.sign() == '+' ? '-' : '+', o.operand()));
            } else {
                slip = at;
            }
        }
        List<String> equations = new ArrayList<>();
        int value = p.start();
        for (int i = 0; i < steps.size(); i++) {
            Operation o = steps.get(i);
            int next = inRange(o.apply(value));
            if (i == slip) {
                next = inRange(next + new int[] {-2, -1, 1, 2}[random.nextInt(4)]);
            }
            equations.add(Problem.equation(value, o, next));
            value = next;
        }
        return new Working(equations, value);
    }

    private static int inRange(int value) {
        return Math.max(0, Math.min(Stories.MOST, value));
    }
}
