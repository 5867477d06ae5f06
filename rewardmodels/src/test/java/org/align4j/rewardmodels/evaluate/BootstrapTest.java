package org.align4j.rewardmodels.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {

    @Test
    void quantilesOfStudentsT() {
        // Tables; with one degree of freedom it is Cauchy's law, tan(π (p − ½)), with two 2 (p − ½) √(2 ÷ (4 p (1 − p))).
        assertEquals(Math.tan(Math.PI * 0.475), StudentT.quantile(0.975, 1), 1e-10);
        assertEquals(0.95 * Math.sqrt(2 / (4 * 0.975 * 0.025)), StudentT.quantile(0.975, 2), 1e-11);
        assertEquals(2.262157162740992, StudentT.quantile(0.975, 9), 1e-9);
        assertEquals(2.042272456301238, StudentT.quantile(0.975, 30), 1e-9);
        double z = Interval.NORMAL;
        assertEquals(z + (z * z * z + z) / 4e6, StudentT.quantile(0.975, 1e6), 1e-8, "the first term of the expansion about the normal law");
        assertEquals(-StudentT.quantile(0.9, 4), StudentT.quantile(0.1, 4));
        assertEquals(0.5, StudentT.cdf(0, 3), 1e-15);
        assertEquals(0.5 + Math.atan(-3) / Math.PI, StudentT.cdf(-3, 1), 1e-14);
        assertThrows(IllegalArgumentException.class, () -> StudentT.quantile(1, 3));
        assertThrows(IllegalArgumentException.class, () -> StudentT.cdf(1, 0));
    }

    @Test
    void gammaIsThatOfFactorials() {
        double factorial = 0;
        for (int n = 1; n < 40; n++) {
            assertEquals(factorial, StudentT.logGamma(n), 1e-12 * Math.max(1, factorial), "Γ(" + n + ")");
            factorial += Math.log(n);
        }
        assertEquals(Math.log(Math.PI) / 2, StudentT.logGamma(0.5), 1e-13);
    }

    @Test
    void meansOfFew() {
        Interval three = Interval.ofMean(1, 2, 6);
        assertEquals(3, three.value());
        assertEquals(4.302652729911275 * Math.sqrt(7.0 / 3), three.half(), 1e-9);
        assertTrue(three.contains(0) && !three.contains(10));
        assertTrue(Double.isNaN(Interval.ofMean(5).low()));
        assertEquals(300, three.times(100).value());
        assertThrows(IllegalArgumentException.class, Interval::ofMean);
    }

    @Test
    void theMeansIntervalIsTheNormalOne() {
        Random random = new Random(1);
        double[] values = random.doubles(400).toArray();
        Bootstrap.Distribution mean = Bootstrap.of(7).ofMean(values);
        double error = Math.sqrt(Interval.variance(values) / values.length);
        assertEquals(error, mean.standardError(), 0.08 * error, "a thousand draws tell a standard error to √(1 ÷ 2000) = 2 %");
        assertEquals(mean.value() - 1.96 * error, mean.interval().low(), 0.25 * error);
        assertEquals(mean.value() + 1.96 * error, mean.interval().high(), 0.25 * error);
        assertArrayEquals(mean.values(), Bootstrap.of(7).ofMean(values).values());
        double[][] first = new Bootstrap(10, 7).vectors(5, draw -> new double[] {draw[0]});
        double[][] more = new Bootstrap(20, 7).vectors(5, draw -> new double[] {draw[0]});
        for (int i = 0; i < 10; i++) {
            assertEquals(first[i][0], more[i][0], "draw " + i + " is the same whatever the number of draws");
        }
    }

    @Test
    void pValuesAndQuantiles() {
        assertEquals(2.0 / 101, new Bootstrap(100, 1).ofMean(1, 2, 3).pValue(), 1e-15);
        assertEquals(1, new Bootstrap(100, 1).ofMean(0, 0).pValue());
        assertEquals(2.5, Bootstrap.quantile(new double[] {1, 2, 3, 4}, 0.5));
        assertEquals(4, Bootstrap.quantile(new double[] {1, 2, 3, 4}, 1));
        Bootstrap.Distribution some = new Bootstrap(200, 1).of(2, d -> d[0] == d[1] ? Double.NaN : 1);
        assertTrue(some.values().length > 50 && some.values().length < 150, "draws without a value are left out");
        assertThrows(IllegalArgumentException.class, () -> new Bootstrap(1, 1));
        assertThrows(IllegalArgumentException.class, () -> Bootstrap.of(1).ofMean());
    }
}
