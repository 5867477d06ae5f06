package org.align4j.rewardmodels.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.train.Streams;

/**
 * HumanRankEval (<a href="https://arxiv.org/abs/2405.09186">Gritta et al., 2024</a>): whether a language model finds those answers more probable that people voted for. For each question
 * Pearson's correlation of votes with log-likelihood ÷ characters; the mean over a topic's questions, then over topics.
 *
 * @param score   with its 95 % interval, by the bootstrap over the questions of each topic
 * @param topics  the same by topic, in the order in which topics first appear
 * @param skipped questions whose votes are all the same, left out
 */
public record HumanRank(Interval score, Map<String, Interval> topics, long skipped) {
    public HumanRank {
        topics = Collections.unmodifiableMap(new LinkedHashMap<>(topics));
    }

    /** A question and its answers, two at least. */
    public record Question(String topic, List<Answer> answers) {
        public Question {
            answers = List.copyOf(answers);
            if (answers.size() < 2) {
                throw new IllegalArgumentException("a correlation needs at least 2 answers, found " + answers.size());
            }
        }

        /** Pearson's correlation; 0 where the model finds all answers equally probable, NaN where all votes are the same. */
        public double correlation() {
            double[] votes = answers.stream().mapToDouble(Answer::votes).toArray();
            double[] scores = answers.stream().mapToDouble(Answer::score).toArray();
            double r = LengthBias.pearson(scores, votes);
            return Double.isNaN(r) && Interval.variance(votes) > 0 ? 0 : r;
        }
    }

    /**
     * An answer.
     *
     * @param logLikelihood of its tokens after the prompt, in nats
     * @param characters    of its text, at least 1
     * @param votes         of people
     */
    public record Answer(double logLikelihood, int characters, double votes) {
        public Answer {
            if (characters < 1 || !Double.isFinite(logLikelihood) || !Double.isFinite(votes)) {
                throw new IllegalArgumentException("an answer needs at least 1 character, a finite log-likelihood and finite votes; found " + characters + ", " + logLikelihood + " and "
                        + votes);
            }
        }

        /** logLikelihood ÷ characters. */
        public double score() {
            return logLikelihood / characters;
        }
    }

    /** What stands before an answer. */
    public static String prompt(String question) {
        return "Question: " + question + "\nAnswer:";
    }

    /**
     * Of scored questions.
     *
     * @throws IllegalArgumentException when no question has votes that differ
     */
    public static HumanRank of(List<Question> questions, Bootstrap bootstrap) {
        Map<String, List<Double>> byTopic = new LinkedHashMap<>();
        long skipped = 0;
        for (Question q : questions) {
            double r = q.correlation();
            if (Double.isNaN(r)) {
                skipped++;
            } else {
                byTopic.computeIfAbsent(q.topic(), t -> new ArrayList<>()).add(r);
            }
        }
        if (byTopic.isEmpty()) {
            throw new IllegalArgumentException("at least one question must have votes that differ, found none of " + questions.size());
        }
        Map<String, Interval> topics = new LinkedHashMap<>();
        double[] sums = new double[bootstrap.draws()];
        double value = 0;
        for (Map.Entry<String, List<Double>> topic : byTopic.entrySet()) {
            double[] r = topic.getValue().stream().mapToDouble(v -> v).toArray();
            // Topics are drawn from apart: equal draws would make them vary together.
            Bootstrap own = new Bootstrap(bootstrap.draws(), Streams.of(bootstrap.seed(), "topic", topics.size()).nextLong());
            double[][] means = own.vectors(r.length, draw -> new double[] {java.util.Arrays.stream(draw).mapToDouble(i -> r[i]).average().orElseThrow()});
            double mean = java.util.Arrays.stream(r).average().orElseThrow();
            topics.put(topic.getKey(), new Bootstrap.Distribution(mean, Bootstrap.sorted(means, 0)).interval());
            value += mean / byTopic.size();
            for (int d = 0; d < sums.length; d++) {
                sums[d] += means[d][0] / byTopic.size();
            }
        }
        java.util.Arrays.sort(sums);
        return new HumanRank(new Bootstrap.Distribution(value, sums).interval(), topics, skipped);
    }
}
