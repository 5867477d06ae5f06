package org.align4j.losses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KlTest {

    @Test
    void publishedExample() {
        assertEquals(0.3, Kl.K1.value(-1.2, -1.5), 1e-15);
        assertEquals(0.045, Kl.K2.value(-1.2, -1.5), 1e-15);
        assertEquals(0.040818, Kl.K3.value(-1.2, -1.5), 5e-7);
    }

    @ParameterizedTest
    @EnumSource(Kl.class)
    void zeroAtTheReferenceAndCentralDifferences(Kl kl) {
        assertEquals(0, kl.value(-2, -2));
        for (double lr : new double[] {-0.1, -1, -7}) {
            for (double lp : new double[] {-0.2, -1.5, -6}) {
                double slope = kl.derivative(lp, lr);
                Gradients.check(new double[] {lp}, new double[] {slope}, x -> kl.value(x[0], lr), kl + " policy");
                Gradients.check(new double[] {lr}, new double[] {-slope}, x -> kl.value(lp, x[0]), kl + " reference");
            }
        }
    }

    /** Averaged over the policy's own distribution K1 and K3 give the divergence. */
    @Test
    void unbiased() {
        double[] p = {0.5, 0.3, 0.2};
        double[] q = {0.2, 0.2, 0.6};
        double k1 = 0;
        double k3 = 0;
        for (int v = 0; v < 3; v++) {
            k1 += p[v] * Kl.K1.value(Math.log(p[v]), Math.log(q[v]));
            k3 += p[v] * Kl.K3.value(Math.log(p[v]), Math.log(q[v]));
        }
        assertEquals(0.5 * Math.log(2.5) + 0.3 * Math.log(1.5) + 0.2 * Math.log(1 / 3.0), k1, 1e-15);
        assertEquals(k1, k3, 1e-15);
    }

    @ParameterizedTest
    @EnumSource(Kl.class)
    void extremesStayFinite(Kl kl) {
        for (double d : new double[] {-1e5, -500, 500, 1e5}) {
            assertTrue(Double.isFinite(kl.value(0, d)) && Double.isFinite(kl.derivative(0, d)), kl + " at " + d);
        }
    }

    @Test
    void tangentContinuesSmoothlyAndPushesBack() {
        double at = Kl.MAX_EXPONENT;
        assertEquals(Math.exp(at), Kl.K3.value(0, at), 1e-12 * Math.exp(at));
        assertEquals(Kl.K3.derivative(0, at), Kl.K3.derivative(0, 500));
        assertEquals(2 * Math.exp(at), Kl.K3.value(0, at + 1), 1e-12 * Math.exp(at));
        assertTrue(Kl.K3.derivative(0, 500) < -1e34);
    }
}
