package org.align4j.recipes.quickstart;

import java.util.List;
import java.util.Locale;
import org.align4j.recipes.quickstart.Attempts.Attempt;
import org.align4j.recipes.rundir.RunResults.Result;
import org.align4j.recipes.rundir.RunResults.Value;

/**
 * How a model did on the held-out problems.
 *
 * @param model    its name in the table
 * @param attempts the likeliest answer to every problem
 */
record Exam(String model, List<Attempt> attempts) {
    static final String ACCURACY = "exact match";
    static final String FORMAT = "format valid";
    static final String WORK = "work shown";
    private static final String ROW = "%-16s%18s%18s%18s%n";

    Value accuracy() {
        return Value.fraction(model, attempts.stream().filter(Attempt::correct).count(), attempts.size());
    }

    Value format() {
        return Value.fraction(model, attempts.stream().filter(Attempt::valid).count(), attempts.size());
    }

    /** Answers that work the problem out, rather than state a number at once. */
    Value work() {
        return Value.fraction(model, attempts.stream().filter(a -> a.text().contains("=")).count(), attempts.size());
    }

    /** A row for every metric, a value for every model. */
    static List<Result> table(List<Exam> exams) {
        return List.of(new Result(ACCURACY, true, true, exams.stream().map(Exam::accuracy).toList()),
                new Result(FORMAT, true, true, exams.stream().map(Exam::format).toList()),
                new Result(WORK, true, true, exams.stream().map(Exam::work).toList()));
    }

    /** Rise in accuracy from another exam to this one, in standard errors of the difference of two independent fractions. */
    double risenBy(Exam before) {
        Value a = before.accuracy();
        Value b = accuracy();
        return (b.value() - a.value()) / Math.hypot(a.standardError(), b.standardError());
    }

    /** The table as text. */
    static String text(List<Exam> exams) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, ROW, exams.get(0).attempts().size() + " problems", ACCURACY, FORMAT, WORK));
        for (Exam e : exams) {
            text.append(String.format(Locale.ROOT, ROW, e.model(), percent(e.accuracy()), percent(e.format()), percent(e.work())));
        }
        return text.toString();
    }

    private static String percent(Value v) {
        return String.format(Locale.ROOT, "%.1f ± %.1f %%", 100 * v.value(), 100 * v.standardError());
    }
}
