package org.align4j.losses.supervised;

/**
 * KL(teacher‖student) at one place of a text from rows of log-probabilities, in nats:
 *
 * <pre>
 *   full rows:   L = Σ_v q_v·(log q_v − log p_v)                     ∂L/∂log p_v = −q_v
 *   top k:       L = Σ_{v of the k} q_v·(log q_v − log p_v) + Q·(log Q − log P),   Q = 1 − Σ q_v,   P = 1 − Σ p_v
 *                ∂L/∂log p_v = −q_v + Q·p_v/P
 * </pre>
 *
 * <p>With q = teacher and p = student. The second form gathers all tokens beyond the k into one: it is a lower bound of the divergence, equal to it
 * where the models agree in proportion on the rest. The derivatives treat the log-probabilities as free; for logits z with log p = z − log Σ e^z
 * over a full row they come to p_v − q_v. Hinton et al., <a href="https://arxiv.org/abs/1503.02531">Distilling the Knowledge in a Neural
 * Network</a> (2015).
 *
 * <p>Extremes: Q below {@value #LEAST} counts as 0, P as at least {@value #LEAST}.
 */
public final class TeacherKl {

    /** Mass beyond the top k below which rounding rules. */
    public static final double LEAST = 1e-12;
    /** How far a row's probabilities may add up to another number than 1: single-precision rows of some 100000 tokens do so. */
    private static final double SLACK = 1e-4;

    private TeacherKl() {
    }

    /**
     * The divergence over the whole vocabulary.
     *
     * @param teacher  log-probabilities of the teacher
     * @param student  those of the student for the same tokens
     * @param gradient where ∂L/∂student is added
     * @throws IllegalArgumentException when rows differ in length, hold a number that is not finite, or do not add up to 1 within 1e-4
     */
    public static double full(double[] teacher, double[] student, double[] gradient) {
        double q = mass("teacher", teacher, teacher.length);
        double p = mass("student", student, teacher.length);
        if (Math.abs(q - 1) > SLACK || Math.abs(p - 1) > SLACK) {
            throw new IllegalArgumentException("distill: probabilities of full rows add up to " + q + " (teacher) and " + p
                    + " (student), required is 1; give rows after log-softmax, or use topK");
        }
        return shared(teacher, student, gradient);
    }

    /**
     * The divergence over k tokens, those beyond gathered into one.
     *
     * @param teacher  log-probabilities of the teacher for its k likeliest tokens
     * @param student  those of the student for the same tokens
     * @param gradient where ∂L/∂student is added
     * @throws IllegalArgumentException when rows differ in length, hold a number that is not finite, or add up to more than 1 by over 1e-4
     */
    public static double topK(double[] teacher, double[] student, double[] gradient) {
        double q = mass("teacher", teacher, teacher.length);
        double p = mass("student", student, teacher.length);
        if (q > 1 + SLACK || p > 1 + SLACK) {
            throw new IllegalArgumentException("distill: probabilities of top-k rows add up to " + q + " (teacher) and " + p
                    + " (student), required is at most 1; give log-probabilities of the whole vocabulary's softmax");
        }
        double loss = shared(teacher, student, gradient);
        double rest = 1 - q;
        if (rest < LEAST) {
            return loss;
        }
        double studentRest = Math.max(1 - p, LEAST);
        for (int v = 0; v < student.length; v++) {
            gradient[v] += rest * Math.exp(student[v]) / studentRest;
        }
        return loss + rest * (Math.log(rest) - Math.log(studentRest));
    }

    private static double shared(double[] teacher, double[] student, double[] gradient) {
        double loss = 0;
        for (int v = 0; v < teacher.length; v++) {
            double q = Math.exp(teacher[v]);
            loss += q * (teacher[v] - student[v]);
            gradient[v] -= q;
        }
        return loss;
    }

    private static double mass(String who, double[] row, int length) {
        if (row.length == 0 || row.length != length) {
            throw new IllegalArgumentException("distill: the " + who + "'s row has " + row.length + " log-probabilities, required are "
                    + (length == 0 ? "one or more" : length + " as the teacher's"));
        }
        double sum = 0;
        for (int v = 0; v < row.length; v++) {
            if (!Double.isFinite(row[v])) {
                throw new IllegalArgumentException("distill: log-probability " + v + " of the " + who + " is " + row[v]
                        + ", required is a finite number");
            }
            sum += Math.exp(row[v]);
        }
        return sum;
    }
}
