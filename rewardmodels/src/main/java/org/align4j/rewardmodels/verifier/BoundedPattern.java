package org.align4j.rewardmodels.verifier;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.align4j.core.UserException;

/**
 * A regular expression of {@link Pattern} that looks at characters so many times at most: Java's matcher tries alternatives one after the other, and some
 * expressions, {@code (a+)+b} for instance, would take for ever over some texts. A search that needs more than its steps has found nothing. Steps are
 * counted, not timed, so that the outcome is the same on every machine. Flags stand in the expression: {@code (?i)} ignores case, {@code (?s)} lets a dot
 * stand for line breaks, {@code (?m)} lets {@code ^} and {@code $} stand at every line.
 *
 * <p>Repeated groups, {@code (.|\n)*} for instance, recurse in Java's matcher, once per turn: a search that exhausts the thread's stack is made again in a thread
 * with a large one.
 */
public final class BoundedPattern {
    /** Looks at characters that one search may take: some tens of milliseconds. */
    public static final long STEPS = 10_000_000;
    /** The group whose text is compared with a reference answer. */
    public static final String ANSWER = "answer";
    /** Bytes of stack for turns of a group as many as a long response has characters; only what is used takes memory. */
    private static final long LARGE_STACK = 1L << 30;
    private static final Pattern HAS_ANSWER = Pattern.compile("(?<!\\\\)\\(\\?<" + ANSWER + ">");

    private final Pattern pattern;
    private final long steps;

    /**
     * @param expression as {@link Pattern} has it
     * @param steps      most looks at characters in one search, at least 1
     */
    public BoundedPattern(String expression, long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a search needs at least 1 step, found " + steps);
        }
        try {
            pattern = Pattern.compile(Objects.requireNonNull(expression, "expression"));
        } catch (PatternSyntaxException e) {
            throw new UserException("The regular expression " + quoted(expression) + " cannot be read: " + e.getDescription()
                    + (e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1)) + ". Write it as java.util.regex.Pattern has it.", e);
        }
        this.steps = steps;
    }

    /** With the usual number of steps. */
    public static BoundedPattern of(String expression) {
        return new BoundedPattern(expression, STEPS);
    }

    /** The expression. */
    public String expression() {
        return pattern.pattern();
    }

    /** Whether it has a group named {@code answer}. */
    public boolean hasAnswer() {
        return HAS_ANSWER.matcher(pattern.pattern()).find();
    }

    /**
     * What was found.
     *
     * @param answer what the group {@code answer} took; null where there is no such group or it took no part
     */
    public record Match(String answer) {}

    /**
     * Looks for the expression.
     *
     * @param whole whether it must take the whole text, and not a part of it
     * @return null where there is no match, or none was found within the steps
     */
    public Match find(String text, boolean whole) {
        try {
            return search(text, whole);
        } catch (StackOverflowError e) {
            return searchDeep(text, whole);
        }
    }

    private Match search(String text, boolean whole) {
        Matcher matcher = pattern.matcher(new Counted(text, steps));
        try {
            if (!(whole ? matcher.matches() : matcher.find())) {
                return null;
            }
        } catch (OutOfSteps e) {
            return null;
        }
        return new Match(hasAnswer() && matcher.start(ANSWER) >= 0 ? text.substring(matcher.start(ANSWER), matcher.end(ANSWER)) : null);
    }

    private Match searchDeep(String text, boolean whole) {
        Match[] found = new Match[1];
        Thread deep = new Thread(null, () -> {
            try {
                found[0] = search(text, whole);
            } catch (StackOverflowError e) {
                // Millions of turns: nothing was found.
                found[0] = null;
            }
        }, "pattern", LARGE_STACK);
        deep.setDaemon(true);
        deep.start();
        boolean interrupted = false;
        while (true) {
            try {
                deep.join();
                break;
            } catch (InterruptedException e) {
                // The search is bounded; who asked for the interruption hears of it after.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return found[0];
    }

    private static String quoted(String text) {
        return "\"" + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + "\"";
    }

    @Override
    public String toString() {
        return quoted(pattern.pattern());
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }

    /** A text that counts how often it is looked at. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long left;

        Counted(String text, long steps) {
            this.text = text;
            this.left = steps;
        }

        @Override
        public char charAt(int index) {
            if (left-- <= 0) {
                throw new OutOfSteps();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
