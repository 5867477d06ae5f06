package org.align4j.rewardmodels.combine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** A reward whose scores are those of another one, changed one by one. Closes the other with itself. */
abstract class Adjusted implements Reward {
    private final Reward inner;

    Adjusted(Reward inner) {
        this.inner = Objects.requireNonNull(inner, "inner");
    }

    abstract double adjust(double score, Answer answer);

    /** What it does, with all settings: part of name and identity. */
    abstract String what();

    @Override
    public final List<double[]> score(List<Question> questions) {
        List<double[]> scores = inner.score(questions);
        List<double[]> out = new ArrayList<>(scores.size());
        for (int q = 0; q < scores.size(); q++) {
            double[] values = scores.get(q).clone();
            for (int a = 0; a < values.length; a++) {
                values[a] = adjust(values[a], questions.get(q).answers().get(a));
            }
            out.add(values);
        }
        return out;
    }

    @Override
    public final String name() {
        return inner.name() + ", " + what();
    }

    @Override
    public final String digest() {
        return Digests.sha256(("adjusted reward 1\n" + inner.digest() + "\n" + what()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public final void close() {
        inner.close();
    }
}
