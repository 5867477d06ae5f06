package org.align4j.rewardmodels.annotator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.align4j.core.UserException;
import org.align4j.core.io.Digests;
import org.align4j.core.train.Streams;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * Several annotators simulated over a gold reward, as noisy and as divided as people are: AlpacaFarm
 * (<a href="https://arxiv.org/abs/2305.14387">Dubois et al., 2023</a>) found that a single steady judge does not reproduce the over-optimisation that people's
 * labels show, and a noisy pool does. There the judges are large language models; here a reward stands for them, with a temperature and biases for each.
 *
 * <p>The two answers are shown in random order. With probability 2p a fair coin stands for the label, which turns a sure label round with probability p. Identical
 * answers are a tie. All draws come from the seed, the annotator and the example itself: the same example gets the same label wherever it stands.
 */
public final class AnnotatorPool implements AutoCloseable {
    /** p of AlpacaFarm: one label in two is a coin's. */
    public static final double LABEL_NOISE = 0.25;

    private final Reward gold;
    private final List<Annotator> annotators;
    private final double labelNoise;
    private final long seed;

    /**
     * @param gold       closed with this pool; temperatures and biases are in its unit, so one of unknown scale is brought to a standard deviation of 1 first
     *                   ({@link org.align4j.rewardmodels.combine.Normalised})
     * @param annotators at least one, of different names
     * @param labelNoise p in [0, ½]
     */
    public AnnotatorPool(Reward gold, List<Annotator> annotators, double labelNoise, long seed) {
        this.gold = Objects.requireNonNull(gold, "gold");
        this.annotators = List.copyOf(annotators);
        this.labelNoise = labelNoise;
        this.seed = seed;
        Set<String> names = new HashSet<>();
        this.annotators.forEach(a -> names.add(a.name()));
        if (this.annotators.isEmpty() || names.size() < this.annotators.size()) {
            throw new IllegalArgumentException("a pool needs at least one annotator, and different names, found " + this.annotators);
        }
        if (!(labelNoise >= 0 && labelNoise <= 0.5)) {
            throw new IllegalArgumentException("label noise p must be in [0, 0.5], found " + labelNoise);
        }
    }

    /**
     * Thirteen annotators, as many as AlpacaFarm's: temperatures ½, 1 and 2 by turns; five of them like length, two brevity; three favour the first place. For a
     * gold reward of standard deviation 1.
     */
    public static List<Annotator> thirteen() {
        double[] temperatures = {0.5, 1, 2};
        double[] length = {0, 0.1, 0, -0.1, 0.2, 0, 0.1, 0, 0.3, -0.1, 0, 0.1, 0};
        double[] place = {0, 0, 0.3, 0, 0, 0.3, 0, 0, 0, 0, 0.3, 0, 0};
        List<Annotator> out = new ArrayList<>();
        for (int i = 0; i < length.length; i++) {
            out.add(new Annotator("annotator " + (i + 1), temperatures[i % temperatures.length], length[i], place[i]));
        }
        return out;
    }

    /** The annotators. */
    public List<Annotator> annotators() {
        return annotators;
    }

    /** One annotator for every question, drawn by the question; each must have two answers. */
    public List<Annotation> annotate(List<Question> questions) {
        List<double[]> scores = gold.score(questions);
        List<Annotation> out = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            long key = key(questions.get(q));
            Annotator drawn = annotators.get(Streams.of(seed, "annotator", key).nextInt(annotators.size()));
            out.add(annotate(drawn, questions.get(q), scores.get(q), key));
        }
        return out;
    }

    /** What every annotator says of every question: a list in the order of {@link #annotators} for each. */
    public List<List<Annotation>> annotateByAll(List<Question> questions) {
        List<double[]> scores = gold.score(questions);
        List<List<Annotation>> out = new ArrayList<>(questions.size());
        for (int q = 0; q < questions.size(); q++) {
            Question question = questions.get(q);
            double[] s = scores.get(q);
            long key = key(question);
            out.add(annotators.stream().map(a -> annotate(a, question, s, key)).toList());
        }
        return out;
    }

    private Annotation annotate(Annotator annotator, Question question, double[] scores, long key) {
        double gold = scores[0] - scores[1];
        if (same(question)) {
            return new Annotation(Annotation.Choice.TIE, annotator.name(), false, false, gold);
        }
        RandomGenerator random = Streams.of(seed, "annotation of " + annotator.name(), key);
        boolean swapped = random.nextBoolean();
        double characters = length(question.answers().get(0)) - length(question.answers().get(1));
        double p = annotator.prefersFirst(swapped ? -gold : gold, swapped ? -characters : characters);
        boolean shownFirst = random.nextDouble() < p;
        // Drawn whatever the noise is, so that the same opinions lie under any noise.
        boolean coin = random.nextDouble() < 2 * labelNoise;
        boolean heads = random.nextBoolean();
        boolean first = coin ? heads : shownFirst != swapped;
        return new Annotation(first ? Annotation.Choice.FIRST : Annotation.Choice.SECOND, annotator.name(), swapped, coin, gold);
    }

    /**
     * The probability that an annotator says the first answer is better, over order, opinion and label noise: (1 − 2p) · ½ Σ_orders P + p.
     *
     * @param goldMargin gold reward of the first answer less that of the second
     * @param characters length of the first answer less that of the second
     */
    public double probability(Annotator annotator, double goldMargin, double characters) {
        double opinion = (annotator.prefersFirst(goldMargin, characters) + 1 - annotator.prefersFirst(-goldMargin, -characters)) / 2;
        return (1 - 2 * labelNoise) * opinion + labelNoise;
    }

    /**
     * The probability that two different annotators, each pair of them as likely, say the same of an example: the mean of q_a q_b + (1 − q_a)(1 − q_b).
     *
     * @param goldMargin as in {@link #probability}
     * @param characters as in {@link #probability}
     */
    public double expectedAgreement(double goldMargin, double characters) {
        int n = annotators.size();
        if (n < 2) {
            throw new IllegalStateException("agreement needs two annotators, the pool has one");
        }
        double sum = 0;
        for (int a = 0; a < n; a++) {
            double qa = probability(annotators.get(a), goldMargin, characters);
            for (int b = 0; b < a; b++) {
                double qb = probability(annotators.get(b), goldMargin, characters);
                sum += qa * qb + (1 - qa) * (1 - qb);
            }
        }
        return sum / (n * (n - 1) / 2.0);
    }

    private static boolean same(Question question) {
        if (question.answers().size() != 2) {
            throw new UserException("Annotators compare two answers to a prompt, found " + question.answers().size() + ". Give them pairs.");
        }
        return question.answers().get(0).text().equals(question.answers().get(1).text());
    }

    private static double length(Answer answer) {
        return answer.text().codePointCount(0, answer.text().length());
    }

    private static long key(Question question) {
        same(question);
        StringBuilder all = new StringBuilder();
        for (String part : List.of(PromptText.of(question.prompt()), question.answers().get(0).text(), question.answers().get(1).text())) {
            all.append(part.length()).append(':').append(part);
        }
        return ByteBuffer.wrap(Digests.newDigest().digest(all.toString().getBytes(StandardCharsets.UTF_8))).getLong();
    }

    /** Identity of all that labels depend on, but for the examples. */
    public String digest() {
        return Digests.sha256(("annotators 1\n" + gold.digest() + "\n" + annotators + "\n" + labelNoise + "\n" + seed).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        gold.close();
    }
}
