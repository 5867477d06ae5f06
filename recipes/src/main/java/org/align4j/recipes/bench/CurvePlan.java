package org.align4j.recipes.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.align4j.recipes.bench.BenchData.Work;

/** The curves that are measured: SFT updates, half of every row prompt. */
enum CurvePlan {
    SEQUENCE("one sequence of a growing length, shape A", "token", n -> n, 256, 512, 1024, 2048) {
        @Override
        Point at(int length) {
            return new Point(BenchShape.of("A"), rows(1, length));
        }
    },
    LENGTH("2,048 tokens in sequences of a growing length, shape A", "token", n -> 2048, 256, 512, 1024, 2048) {
        @Override
        Point at(int length) {
            return new Point(BenchShape.of("A"), rows(2048 / length, length));
        }
    },
    BATCH("rows of 256 tokens, shape A", "row", n -> n, 2, 4, 8, 16) {
        @Override
        Point at(int rows) {
            return new Point(BenchShape.of("A"), rows(rows, 256));
        }
    },
    LAYERS("layers of shape B, 4 rows of 256 tokens", "layer", n -> n, 3, 6, 12, 24) {
        @Override
        Point at(int layers) {
            BenchShape b = BenchShape.of("B");
            return new Point(new BenchShape("B", b.dim(), layers, b.heads(), b.kvHeads(), b.ffn(), b.vocab()), rows(4, 256));
        }
    },
    VOCABULARY("vocabulary over shape A's blocks, 8 rows of 256 tokens", "vocabulary entry", n -> n, 512, 8_000, 32_000, 64_000, 150_000) {
        @Override
        Point at(int vocab) {
            BenchShape a = BenchShape.of("A");
            return new Point(new BenchShape("A", a.dim(), a.layers(), a.heads(), a.kvHeads(), a.ffn(), vocab), rows(8, 256));
        }
    };

    private final String title;
    private final String unit;
    private final DoubleUnaryOperator units;
    private final int[] sizes;

    CurvePlan(String title, String unit, DoubleUnaryOperator units, int... sizes) {
        this.title = title;
        this.unit = unit;
        this.units = units;
        this.sizes = sizes;
    }

    /** One point of a curve. */
    record Point(BenchShape shape, BenchData data) {}

    abstract Point at(int size);

    private static BenchData rows(int rows, int length) {
        return new BenchData(Work.SFT, rows, 1, length, length / 2);
    }

    int[] sizes() {
        return sizes.clone();
    }

    /** The curve of what was measured, one value for every size. */
    BenchCurve curve(String type, double[] seconds) {
        List<Double> at = new ArrayList<>();
        for (int s : sizes) {
            at.add((double) s);
        }
        double[] x = at.stream().mapToDouble(Double::doubleValue).toArray();
        return new BenchCurve(title, unit, type, x, at.stream().mapToDouble(Double::doubleValue).map(units).toArray(), seconds);
    }
}
