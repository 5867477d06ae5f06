package org.align4j.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

interface DeterminismConformance extends Conformance {
    @Test
    default void theSameInputGivesTheSameBits() {
        for (Precision precision : Precision.values()) {
            List<Mat> first = run(precision);
            for (int i = 0; i < 2; i++) {
                List<Mat> again = run(precision);
                for (int j = 0; j < first.size(); j++) {
                    assertArrayEquals(first.get(j).v(), again.get(j).v(), precision + " result " + j);
                }
            }
        }
    }

    private List<Mat> run(Precision precision) {
        try (Backend b = open(precision); Lab lab = new Lab(b, Lab.Placement.DENSE)) {
            return Determinism.everything(lab, Conformance.random(20));
        }
    }
}
