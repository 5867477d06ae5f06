package org.align4j.recipes.report.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Lines with bands or whiskers, each with its label at its end: no legend to look up, and no colour needed. The lower axis has a mark for each place that is
 * given, the left one is linear or logarithmic.
 *
 * @param title   for those who do not see it
 * @param height  of the picture; it is 520 wide
 * @param xLabel  what the lower axis is
 * @param ticks   places on the lower axis
 * @param xWords  how they are written
 * @param yWords  how values are written
 * @param yLog    whether the left axis is logarithmic
 * @param zero    whether a line is drawn at 0
 * @param bands   whether ends are drawn as bands; else as whiskers
 */
public record CurvesPicture(String title, int height, String xLabel, double[] ticks, DoubleFunction<String> xWords, DoubleFunction<String> yWords, boolean yLog, boolean zero,
        boolean bands) {
    private static final int LEFT = 62;
    private static final int LABELS = 86;
    private static final int LINE = 17;
    private static final double SIZE = 4;

    /** Draws; nothing where no curve has a value. */
    public boolean write(Html html, List<Curve> all) {
        List<Curve> curves = all.stream().filter(c -> !c.isEmpty()).toList();
        if (curves.isEmpty()) {
            return false;
        }
        double[] range = range(curves);
        double low = Arrays.stream(ticks).min().orElse(0);
        double high = Arrays.stream(ticks).max().orElse(1);
        double pad = 0.03 * (high > low ? high - low : 1);
        double[] xs = {low - pad, (high > low ? high : low + 1) + pad};
        // Labels stand to the right of the last place: the axis goes on under them.
        double perPixel = (xs[1] - xs[0]) / (Frame.W - Frame.RIGHT - LEFT - LABELS);
        Frame f = new Frame(html, title, height, LEFT, xs[0], xs[1] + LABELS * perPixel, range[0], range[1]);
        f.gridY(yLog ? powers(range) : Ticks.between(range[0], range[1], 6, false), v -> Html.escape(yWords.apply(yLog ? Math.exp(v) : v)))
                .axisX(DoubleStream.of(ticks).boxed().toList(), v -> Html.escape(xWords.apply(v)), false, xLabel);
        if (zero) {
            f.line("zero", xs[0], 0, xs[1], 0);
        }
        for (int i = 0; i < curves.size(); i++) {
            ends(f, curves.get(i), shift(curves, i, perPixel));
        }
        for (int i = 0; i < curves.size(); i++) {
            line(f, curves.get(i), shift(curves, i, perPixel));
        }
        labels(f, curves, xs[1]);
        f.close();
        return true;
    }

    /** Whiskers over one place stand side by side. */
    private double shift(List<Curve> curves, int i, double perPixel) {
        List<Curve> marked = curves.stream().filter(c -> c.shape() != Curve.Shape.LINE).toList();
        return bands || curves.get(i).shape() == Curve.Shape.LINE ? 0 : (marked.indexOf(curves.get(i)) - (marked.size() - 1) / 2.0) * 5 * perPixel;
    }

    private double y(double v) {
        return yLog ? Math.log(v) : v;
    }

    private double[] range(List<Curve> curves) {
        double[] values = curves.stream().flatMapToDouble(c -> DoubleStream.concat(Arrays.stream(c.y()), DoubleStream.concat(Arrays.stream(c.low()), Arrays.stream(c.high()))))
                .filter(v -> Double.isFinite(v) && (!yLog || v > 0)).map(this::y).toArray();
        double low = Arrays.stream(values).min().orElse(0);
        double high = Arrays.stream(values).max().orElse(1);
        double pad = high > low ? 0.05 * (high - low) : Math.max(0.05, 0.1 * Math.abs(high));
        return new double[] {!yLog && low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad};
    }

    /** Round values for a logarithmic axis, as logarithms. */
    private static List<Double> powers(double[] range) {
        List<Double> out = new ArrayList<>();
        for (int e = (int) Math.floor(range[0] / Math.log(10)) - 1; e <= range[1] / Math.log(10) + 1; e++) {
            for (double m : range[1] - range[0] < 1 ? new double[] {1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9} : new double[] {1, 2, 5}) {
                double v = Math.log(m) + e * Math.log(10);
                if (v >= range[0] && v <= range[1]) {
                    out.add(v);
                }
            }
        }
        return out;
    }

    /** Bands, or whiskers side by side. */
    private void ends(Frame f, Curve c, double shift) {
        int[] ok = IntStream.range(0, c.x().length).filter(i -> Double.isFinite(c.low()[i]) && Double.isFinite(c.high()[i]) && (!yLog || c.low()[i] > 0)).toArray();
        if (bands) {
            if (ok.length > 1) {
                f.area("band p" + c.style(), Arrays.stream(ok).mapToDouble(i -> c.x()[i]).toArray(), Arrays.stream(ok).mapToDouble(i -> y(c.low()[i])).toArray(),
                        Arrays.stream(ok).mapToDouble(i -> y(c.high()[i])).toArray());
            }
        } else {
            for (int i : ok) {
                f.line("whisker p" + c.style(), c.x()[i] + shift, y(c.low()[i]), c.x()[i] + shift, y(c.high()[i]));
            }
        }
    }

    private void line(Frame f, Curve c, double shift) {
        int[] ok = IntStream.range(0, c.x().length).filter(i -> Double.isFinite(c.y()[i]) && (!yLog || c.y()[i] > 0)).toArray();
        if (c.shape() != Curve.Shape.POINTS && ok.length > 1) {
            f.path("line p" + c.style(), Arrays.stream(ok).mapToDouble(i -> c.x()[i] + shift).toArray(), Arrays.stream(ok).mapToDouble(i -> y(c.y()[i])).toArray());
        }
        for (int i : c.shape() == Curve.Shape.LINE ? new int[0] : ok) {
            String where = c.label() + ", " + xWords.apply(c.x()[i]) + ": " + yWords.apply(c.y()[i]);
            f.mark("p" + c.style(), c.style(), c.x()[i] + shift, y(c.y()[i]), SIZE, where);
        }
    }

    /** Labels at the height of each curve's last point, moved apart where they would touch. */
    private void labels(Frame f, List<Curve> curves, double at) {
        record Label(Curve curve, double pixel) {
        }
        List<Label> list = new ArrayList<>();
        for (Curve c : curves.stream().filter(c -> c.shape() != Curve.Shape.LINE).toList()) {
            int last = IntStream.range(0, c.y().length).filter(i -> Double.isFinite(c.y()[i]) && (!yLog || c.y()[i] > 0)).max().orElse(0);
            list.add(new Label(c, f.y(y(c.y()[last]))));
        }
        list.sort(Comparator.comparingDouble(Label::pixel));
        double[] places = apart(list.stream().mapToDouble(Label::pixel).toArray(), Frame.TOP + 6, height - Frame.BOTTOM - 2);
        for (int i = 0; i < places.length; i++) {
            Curve c = list.get(i).curve();
            f.markAt("p" + c.style(), c.style(), f.x(at) + 9, places[i], SIZE);
            f.words(f.x(at) + 17, places[i] + 5, c.label());
        }
    }

    /** Rising places at least a line apart, within bounds where they fit, moved as little as one pass down and one up need. */
    static double[] apart(double[] wanted, double top, double bottom) {
        double[] out = wanted.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.max(i == 0 ? top : out[i - 1] + LINE, out[i]);
        }
        for (int i = out.length - 1; i >= 0; i--) {
            out[i] = Math.min(i == out.length - 1 ? bottom : out[i + 1] - LINE, out[i]);
        }
        return out;
    }
}
