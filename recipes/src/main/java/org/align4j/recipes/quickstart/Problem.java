package org.align4j.recipes.quickstart;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A word problem whose answer is known: a chain of operations on whole numbers, told as a story.
 *
 * @param prompt     the story and the question
 * @param start      the number the chain starts from
 * @param operations what happens to it, in order; at least one
 */
public record Problem(String prompt, int start, List<Operation> operations) {

    /** One step: {@code value sign operand}. */
    public record Operation(char sign, int operand) {
        public Operation {
            if ("+-*".indexOf(sign) < 0 || operand < 0) {
                throw new IllegalArgumentException("An operation is +, - or * with an operand of at least 0, found " + sign + operand);
            }
        }

        /** The value after this step. */
        public int apply(int value) {
            return switch (sign) {
                case '+' -> value + operand;
                case '-' -> value - operand;
                default -> value * operand;
            };
        }
    }

    public Problem {
        operations = List.copyOf(operations);
        if (operations.isEmpty()) {
            throw new IllegalArgumentException("A problem needs at least one operation");
        }
    }

    /** The number asked for. */
    public int answer() {
        int value = start;
        for (Operation o : operations) {
            value = o.apply(value);
        }
        return value;
    }

    /** The worked solution, ready to follow the prompt: an equation for every step, then the answer after the marker {@code ####}. */
    public String solution() {
        StringBuilder text = new StringBuilder();
        int value = start;
        for (Operation o : operations) {
            text.append(' ').append(equation(value, o, o.apply(value))).append('.');
            value = o.apply(value);
        }
        return text.append(" #### ").append(value).toString();
    }

    /** Such as {@code 7 + 5 = 12}; the result may be claimed wrongly. */
    static String equation(int left, Operation o, int result) {
        return left + " " + o.sign() + " " + o.operand() + " = " + result;
    }

    /** What the problem is once names and words are taken away, such as {@code 7+5-3}: problems with one content are never in two splits. */
    public String content() {
        return start + operations.stream().map(o -> "" + o.sign() + o.operand()).collect(Collectors.joining());
    }
}
