package org.align4j.losses.supervised;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.align4j.losses.Gradients;
import org.align4j.losses.internal.Softmax;
import org.junit.jupiter.api.Test;

class TeacherKlTest {

    @Test
    void ofTwoTokensByHand() {
        double[] teacher = {Math.log(0.75), Math.log(0.25)};
        double[] student = {Math.log(0.5), Math.log(0.5)};
        double[] g = new double[2];
        assertEquals(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), TeacherKl.full(teacher, student, g), 1e-15);
        assertArrayEquals(new double[] {-0.75, -0.25}, g, 1e-15);
        assertEquals(0, TeacherKl.full(teacher, teacher, new double[2]));
    }

    @Test
    void gradientByTheLogitsIsStudentLessTeacher() {
        Random random = new Random(21);
        double[] teacher = logSoftmax(random.doubles(7, -3, 3).toArray());
        double[] logits = random.doubles(7, -3, 3).toArray();
        double[] student = logSoftmax(logits);
        double[] g = new double[7];
        TeacherKl.full(teacher, student, g);
        double sum = Arrays.stream(g).sum();
        double[] byLogit = new double[7];
        for (int v = 0; v < 7; v++) {
            byLogit[v] = g[v] - Math.exp(student[v]) * sum;
            assertEquals(Math.exp(student[v]) - Math.exp(teacher[v]), byLogit[v], 1e-14);
        }
        Gradients.check(logits, byLogit, z -> TeacherKl.full(teacher, logSoftmax(z), new double[7]), "logit");
    }

    /** Rows are rather flat: where the student leaves little for the rest, third derivatives are too large for differences. */
    @Test
    void topKCentralDifferencesAndLowerBound() {
        Random random = new Random(22);
        double[] teacher = logSoftmax(random.doubles(9, -1, 1).toArray());
        double[] student = logSoftmax(random.doubles(9, -1, 1).toArray());
        double full = TeacherKl.full(teacher, student, new double[9]);
        double before = 0;
        for (int k = 1; k <= 9; k++) {
            double[] t = Arrays.copyOf(teacher, k);
            double[] s = Arrays.copyOf(student, k);
            double[] g = new double[k];
            double kl = TeacherKl.topK(t, s, g);
            assertTrue(kl >= before - 1e-14 && kl <= full + 1e-12, "k " + k + ": " + kl + " after " + before + ", full " + full);
            before = kl;
            if (k < 9) {
                Gradients.check(s, g, x -> TeacherKl.topK(t, x, new double[x.length]), "k " + k);
            }
        }
        assertEquals(full, before, 1e-12);
    }

    @Test
    void topKEqualsFullWhereTheRestAgreesInProportion() {
        double[] teacher = {Math.log(0.4), Math.log(0.3), Math.log(0.2), Math.log(0.1)};
        double[] student = {Math.log(0.1), Math.log(0.6), Math.log(0.2), Math.log(0.1)};
        assertEquals(TeacherKl.full(teacher, student, new double[4]),
                TeacherKl.topK(Arrays.copyOf(teacher, 2), Arrays.copyOf(student, 2), new double[2]), 1e-15);
    }

    @Test
    void extremesStayFinite() {
        double[] sure = {0, -500, -1000};
        double[] flat = logSoftmax(new double[3]);
        for (double[][] rows : new double[][][] {{sure, flat}, {flat, sure}, {sure, new double[] {-500, 0, -500}}}) {
            double[] g = new double[3];
            assertTrue(Double.isFinite(TeacherKl.full(rows[0], rows[1], g)) && Double.isFinite(Arrays.stream(g).sum()));
            double[] two = new double[2];
            assertTrue(Double.isFinite(TeacherKl.topK(Arrays.copyOf(rows[0], 2), Arrays.copyOf(rows[1], 2), two)) && Double.isFinite(two[0] + two[1]));
        }
    }

    @Test
    void badRowsAreNamed() {
        double[] row = logSoftmax(new double[2]);
        message(row, new double[] {0, Double.NaN}, "log-probability 1 of the student is NaN");
        message(new double[] {Double.NEGATIVE_INFINITY, 0}, row, "log-probability 0 of the teacher is -Infinity");
        message(row, new double[1], "student's row has 1 log-probabilities, required are 2");
        message(new double[0], new double[0], "one or more");
        message(row, new double[] {-1, -2}, "add up to 1.0");
        String m = assertThrows(IllegalArgumentException.class, () -> TeacherKl.topK(row, new double[2], new double[2])).getMessage();
        assertTrue(m.contains("2.0 (student), required is at most 1"), m);
    }

    private static void message(double[] teacher, double[] student, String expected) {
        String m = assertThrows(IllegalArgumentException.class, () -> TeacherKl.full(teacher, student, new double[2])).getMessage();
        assertTrue(m.startsWith("distill: ") && m.contains(expected), m);
    }

    private static double[] logSoftmax(double[] z) {
        double log = Softmax.logSumExp(z);
        return Arrays.stream(z).map(x -> x - log).toArray();
    }
}
