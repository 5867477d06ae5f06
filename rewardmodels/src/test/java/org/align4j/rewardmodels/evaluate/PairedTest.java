package org.align4j.rewardmodels.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.align4j.rewardmodels.evaluate.HumanRank.Answer;
import org.align4j.rewardmodels.evaluate.HumanRank.Question;
import org.align4j.rewardmodels.evaluate.PassAtK.Attempts;
import org.junit.jupiter.api.Test;

class PairedTest {
    private static final Bootstrap DRAWS = new Bootstrap(500, 5);

    @Test
    void mcNemarIsTheBinomialTest() {
        McNemar test = McNemar.of(new double[] {1, 1, 1, 1, 1, 0, 1, 0}, new double[] {0, 0, 0, 0, 0, 1, 1, 0});
        assertEquals(new McNemar(5, 1), test);
        // 2 (C(6,0) + C(6,1)) ÷ 64
        assertEquals(14.0 / 64, test.pValue(), 1e-12);
        assertEquals(1, new McNemar(3, 3).pValue());
        assertEquals(1, new McNemar(0, 0).pValue());
        assertEquals(2 * Math.pow(2, -40), new McNemar(0, 40).pValue(), 1e-23);
        assertThrows(IllegalArgumentException.class, () -> McNemar.of(new double[] {0.5}, new double[] {1}));
    }

    @Test
    void passAtKCountsSubsets() {
        for (int n = 1; n <= 8; n++) {
            for (int c = 0; c <= n; c++) {
                for (int k = 1; k <= n; k++) {
                    int some = 0;
                    int all = 0;
                    for (int set = 0; set < 1 << n; set++) {
                        if (Integer.bitCount(set) == k) {
                            all++;
                            some += (set & (1 << c) - 1) != 0 ? 1 : 0;
                        }
                    }
                    assertEquals((double) some / all, new Attempts(n, c).passAt(k), 1e-14, n + " " + c + " " + k);
                }
            }
        }
        // The binomials have hundreds of digits; for k = 1 it is c ÷ n.
        assertEquals(0.003, new Attempts(100_000, 300).passAt(1), 1e-12);
        assertEquals(1 - Math.pow(1 - 0.003, 100), new Attempts(100_000, 300).passAt(100), 1e-3);
        assertThrows(IllegalArgumentException.class, () -> new Attempts(3, 1).passAt(4));
        assertThrows(IllegalArgumentException.class, () -> new Attempts(3, 4));
    }

    @Test
    void humanRankIsAMeanOverTopics() {
        Question agrees = question("a", new double[][] {{-10, 10, 5}, {-30, 10, 1}, {-20, 10, 3}});
        Question disagrees = question("a", new double[][] {{-10, 10, 1}, {-20, 10, 5}});
        Question constant = question("b", new double[][] {{-10, 10, 2}, {-20, 10, 2}});
        Question blind = question("b", new double[][] {{-10, 10, 1}, {-20, 20, 2}});
        Question half = question("b", new double[][] {{-10, 10, 3}, {-20, 10, 1}, {-30, 10, 2}});
        assertEquals(1, agrees.correlation(), 1e-12);
        assertEquals(-1, disagrees.correlation(), 1e-12);
        assertTrue(Double.isNaN(constant.correlation()));
        assertEquals(0, blind.correlation(), "−10 for 10 characters is −20 for 20");
        assertEquals(0.5, half.correlation(), 1e-12);
        HumanRank rank = HumanRank.of(List.of(agrees, agrees, disagrees, constant, blind, half), DRAWS);
        assertEquals(1, rank.skipped());
        assertEquals(1.0 / 3, rank.topics().get("a").value(), 1e-12);
        assertEquals(0.25, rank.topics().get("b").value(), 1e-12);
        assertEquals((1.0 / 3 + 0.25) / 2, rank.score().value(), 1e-12);
        assertTrue(rank.score().low() < rank.score().value() && rank.score().value() < rank.score().high());
        assertEquals("Question: Why?\nAnswer:", HumanRank.prompt("Why?"));
        assertThrows(IllegalArgumentException.class, () -> HumanRank.of(List.of(constant), DRAWS));
        assertThrows(IllegalArgumentException.class, () -> new Answer(-1, 0, 1));
    }

    @Test
    void humanRankOfARandomModelIsNear0() {
        Random random = new Random(9);
        List<Question> questions = new ArrayList<>();
        for (int q = 0; q < 400; q++) {
            double[][] answers = new double[4][];
            for (int i = 0; i < 4; i++) {
                answers[i] = new double[] {-100 * random.nextDouble(), 10 + random.nextInt(90), random.nextInt(50)};
            }
            questions.add(question("t" + q % 4, answers));
        }
        HumanRank rank = HumanRank.of(questions, DRAWS);
        // Pearson's correlation over four random points has a standard deviation of 1 ÷ √3, the mean of 400 of 0.029.
        assertTrue(rank.score().contains(0), "found " + rank.score());
        assertEquals(1.96 * 0.029, rank.score().half(), 0.015);
    }

    private static Question question(String topic, double[][] answers) {
        List<Answer> list = new ArrayList<>();
        for (double[] a : answers) {
            list.add(new Answer(a[0], (int) a[1], a[2]));
        }
        return new Question(topic, list);
    }
}
