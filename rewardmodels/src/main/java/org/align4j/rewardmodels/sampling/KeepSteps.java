package org.align4j.rewardmodels.sampling;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Request;
import org.align4j.core.io.Digests;
import org.align4j.core.text.Continued;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/**
 * Keeps per-step pairs from verified prefixes: every prefix of a wrong solution is completed K times by the policy, its value is the part of completions
 * that are right, and the prefix that ends with the pit ({@link Steps#pit}) is the rejected side of a pair whose chosen side is a right solution to the same
 * prompt. Setlur et al., <a href="https://arxiv.org/abs/2406.14532">RL on Incorrect Synthetic Data</a> (2024). A whole wrong solution has the value 0.
 *
 * @param policy    completes prefixes; stays the caller's
 * @param reward    says what is right; stays the caller's
 * @param rightAt   a score at or above it is right
 * @param rollouts  how prefixes are completed; its samples are K
 * @param boundary  what ends a step: {@link Steps#LINES} for instance
 * @param perPrompt most wrong solutions of a prompt that are looked into, at least 1
 */
public record KeepSteps(Policy policy, Reward reward, double rightAt, SamplingSettings rollouts, Pattern boundary, int perPrompt) implements Keep {
    public KeepSteps {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(reward, "reward");
        Objects.requireNonNull(rollouts, "rollouts");
        Objects.requireNonNull(boundary, "boundary");
        if (perPrompt < 1 || !Double.isFinite(rightAt)) {
            throw new IllegalArgumentException("Per-step pairs need a finite score that is right and at least 1 solution per prompt, found " + rightAt + " and " + perPrompt);
        }
    }

    /** A wrong solution of a prompt, the right one it will meet, and where in its tokens its steps end. */
    private record Wrong(SampledPrompt prompt, SampledAnswer answer, SampledAnswer right, int[] ends) {}

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        List<List<Wrong>> wrong = prompts.stream().map(this::wrong).toList();
        List<Wrong> all = wrong.stream().flatMap(List::stream).toList();
        double[][] values = values(all);
        List<Kept> kept = new ArrayList<>();
        int at = 0;
        for (List<Wrong> mine : wrong) {
            List<Row> rows = new ArrayList<>();
            double steps = 0;
            double pits = 0;
            for (Wrong w : mine) {
                int pit = Steps.pit(values[at++]);
                rows.add(new Row.Pair(w.right, prefix(w, pit)));
                steps += w.ends.length;
                pits += pit + 1;
            }
            kept.add(mine.isEmpty() ? Kept.of(rows) : new Kept(rows, Map.of("steps", steps / mine.size(), "pit", pits / mine.size())));
        }
        return kept;
    }

    private List<Wrong> wrong(SampledPrompt p) {
        List<SampledAnswer> right = p.answers().stream().filter(a -> a.score() >= rightAt).toList();
        List<Wrong> wrong = new ArrayList<>();
        for (SampledAnswer a : p.answers()) {
            int[] ends = right.isEmpty() || a.score() >= rightAt || wrong.size() == perPrompt ? new int[0] : ends(p, a);
            if (ends.length > 0) {
                wrong.add(new Wrong(p, a, right.get(wrong.size() % right.size()), ends));
            }
        }
        return wrong;
    }

    /** Tokens up to and with the one that completes each step; the last step ends with the answer. */
    private int[] ends(SampledPrompt p, SampledAnswer a) {
        List<String> steps = Steps.split(a.text(), boundary);
        Continued text = new Continued(policy.encoder(), p.prompt().ids(), rollouts.stop());
        int[] ends = new int[steps.size()];
        int length = 0;
        int tokens = 0;
        for (int s = 0; s < ends.length - 1; s++) {
            length += steps.get(s).length();
            int low = tokens;
            int high = a.ids().length;
            while (low < high) {
                int mid = (low + high) >>> 1;
                if (text.whole(Arrays.copyOf(a.ids(), mid)).length() >= length) {
                    high = mid;
                } else {
                    low = mid + 1;
                }
            }
            tokens = low;
            ends[s] = tokens;
        }
        if (ends.length > 0) {
            ends[ends.length - 1] = a.ids().length;
        }
        // A token may complete several short steps: they are one.
        return Arrays.stream(ends).distinct().toArray();
    }

    private SampledAnswer prefix(Wrong w, int step) {
        if (step == w.ends.length - 1) {
            return w.answer;
        }
        int[] ids = Arrays.copyOf(w.answer.ids(), w.ends[step]);
        String text = new Continued(policy.encoder(), w.prompt.prompt().ids(), rollouts.stop()).whole(ids);
        return new SampledAnswer(text, ids, Double.NaN, FinishReason.LENGTH, w.answer.score());
    }

    /** Q_1 … Q_n of every wrong solution. */
    private double[][] values(List<Wrong> all) {
        List<Request> requests = new ArrayList<>();
        for (Wrong w : all) {
            for (int s = 0; s < w.ends.length - 1; s++) {
                int[] ids = join(w.prompt.prompt().ids(), Arrays.copyOf(w.answer.ids(), w.ends[s]));
                long seed = Streams.of(rollouts.seed(), "rollouts", example(ids)).nextLong();
                requests.add(new Request(ids, rollouts.samples(), seed));
            }
        }
        List<List<SampledAnswer>> completions = requests.isEmpty() ? List.of() : policy.answer(requests, rollouts.options(), rollouts.stop(), p -> { });
        List<Question> questions = new ArrayList<>();
        int at = 0;
        for (Wrong w : all) {
            Continued text = new Continued(policy.encoder(), w.prompt.prompt().ids(), rollouts.stop());
            for (int s = 0; s < w.ends.length - 1; s++) {
                int[] start = Arrays.copyOf(w.answer.ids(), w.ends[s]);
                List<Answer> answers = completions.get(at++).stream().map(c -> whole(text, start, c)).toList();
                questions.add(new Question(w.prompt.prompt().text(), answers, w.prompt.prompt().reference()));
            }
        }
        List<double[]> scores = questions.isEmpty() ? List.of() : reward.score(questions);
        double[][] values = new double[all.size()][];
        at = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = new double[all.get(i).ends.length];
            for (int s = 0; s < values[i].length - 1; s++) {
                double[] given = scores.get(at++);
                values[i][s] = Arrays.stream(given).filter(v -> v >= rightAt).count() / (double) given.length;
            }
        }
        return values;
    }

    private static Answer whole(Continued text, int[] start, SampledAnswer completion) {
        int end = completion.ids().length - (completion.finish() == FinishReason.STOP_TOKEN ? 1 : 0);
        return new Answer(text.whole(join(start, Arrays.copyOf(completion.ids(), end))), join(start, completion.ids()), completion.ended());
    }

    private static int[] join(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static long example(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length);
        bytes.asIntBuffer().put(ids);
        return ByteBuffer.wrap(Digests.newDigest().digest(bytes.array())).getLong();
    }

    @Override
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>(policy.identity());
        m.put("keep", "steps 1");
        m.put("reward", reward.digest());
        m.put("right_at", rightAt);
        m.put("rollouts", rollouts.samples() + " " + rollouts.options() + " " + rollouts.stop() + " " + rollouts.seed());
        m.put("boundary", boundary.pattern());
        m.put("per_prompt", perPrompt);
        return m;
    }
}
