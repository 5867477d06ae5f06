package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;
import org.align4j.recipes.report.internal.ChancePicture;
import org.align4j.recipes.report.internal.Curve;
import org.align4j.recipes.report.internal.CurvesPicture;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.rewardmodels.evaluate.Interval;

/** The pictures of a study: markup by file name without its ending. */
final class StudyPictures {
    private static final int HEIGHT = 330;

    private final Analysis study;
    private final Grid grid;
    private final double[] logs;

    private StudyPictures(Analysis study) {
        this.study = study;
        this.grid = study.grid();
        this.logs = grid.budgets().stream().mapToDouble(Math::log).toArray();
    }

    /**
     * A picture.
     *
     * @param section it belongs to
     * @param words   what one sees in it
     */
    record Picture(String section, String title, String svg, String words) {}

    static Map<String, Picture> of(Analysis study) {
        return new StudyPictures(study).all();
    }

    private Map<String, Picture> all() {
        Map<String, Picture> all = new LinkedHashMap<>();
        String figure = grid.figure();
        for (String m : study.subject().methods()) {
            add(all, "budget-" + m, "budget", figure + " against budget, " + m, budgets(figure + " against budget, " + m, m),
                    "A line for each share of demonstrations; bands are 95 % intervals over seeds (Student's t).");
        }
        for (String m : study.subject().methods()) {
            add(all, "split-" + m, "split", figure + " against split, " + m, splits(figure + " against split, " + m, m),
                    "A line for each budget, over the share of it spent on demonstrations; bands are 95 % intervals over seeds.");
        }
        for (String m : study.subject().methods()) {
            add(all, "best-" + m, "best", "Which split is best, " + m, best(m), "The area of a disc is the probability that the split is the best of this method's and demonstrations alone, by draws "
                    + "of seeds; the ring is around the best mean.");
        }
        add(all, "cold-start", "cold", "Cold start", cold(), "How much better " + Arm.share(Estimates.tenth(study.subject())) + " demonstrations are than none, seed by seed, with 95 % intervals.");
        add(all, "power-law", "law", "Power laws", laws(), "Means at each budget, and k·D^(1/b) through them by least squares of the logarithms.");
        return all;
    }

    private static void add(Map<String, Picture> all, String name, String section, String title, String svg, String words) {
        if (!svg.isEmpty()) {
            all.put(name, new Picture(section, title, svg, words));
        }
    }

    private DoubleFunction<String> budgetWords() {
        return v -> Numbers.of(Math.rint(Math.exp(v)));
    }

    private DoubleFunction<String> values() {
        return v -> grid.percent() ? Numbers.of(Math.rint(1000 * v) / 10) + " %" : Numbers.of(v);
    }

    private String budgetLabel() {
        return "budget, " + switch (study.subject().unit()) {
            case EXAMPLES -> "examples";
            case TOKENS -> "tokens";
            case COST -> "cost";
        };
    }

    private String draw(CurvesPicture picture, List<Curve> curves) {
        Html h = new Html();
        return picture.write(h, curves) ? h.toString() : "";
    }

    private static Curve curve(String label, int style, double[] x, Interval[] y) {
        return curve(label, style, x, y, Curve.Shape.JOINED);
    }

    private static Curve curve(String label, int style, double[] x, Interval[] y, Curve.Shape shape) {
        return new Curve(label, style, x, Arrays.stream(y).mapToDouble(Interval::value).toArray(), Arrays.stream(y).mapToDouble(Interval::low).toArray(),
                Arrays.stream(y).mapToDouble(Interval::high).toArray(), shape);
    }

    /** Demonstrations alone are what others are compared with. */
    private static int style(int place, boolean alone) {
        return alone ? 0 : 1 + place % Curve.STYLES;
    }

    private String budgets(String title, String method) {
        List<Curve> curves = new ArrayList<>();
        for (int a : grid.armsOf(method)) {
            Arm arm = grid.arms().get(a);
            Interval[] y = IntStream.range(0, logs.length).mapToObj(b -> grid.mean(b, a)).toArray(Interval[]::new);
            curves.add(curve(Arm.share(arm.ratio()), style(study.subject().ratios().indexOf(arm.ratio()), arm.alone()), logs, y));
        }
        return draw(new CurvesPicture(title, HEIGHT, budgetLabel(), logs, budgetWords(), values(), false, false, true), curves);
    }

    private String splits(String title, String method) {
        int[] arms = grid.armsOf(method);
        double[] places = IntStream.range(0, arms.length).mapToDouble(i -> i).toArray();
        List<Curve> curves = new ArrayList<>();
        for (int b = 0; b < logs.length; b++) {
            int budget = b;
            Interval[] y = Arrays.stream(arms).mapToObj(a -> grid.mean(budget, a)).toArray(Interval[]::new);
            curves.add(curve(Numbers.of(grid.budgets().get(b)), style(b, false), places, y));
        }
        return draw(new CurvesPicture(title, HEIGHT, "demonstrations' share (steps not to scale)", places, v -> Arm.share(grid.arms().get(arms[(int) v]).ratio()), values(),
                false, false, true), curves);
    }

    private String best(String method) {
        List<Choice> choices = study.byMethod().get(method);
        int[] arms = grid.armsOf(method);
        double[][] p = new double[choices.size()][arms.length];
        int[] chosen = new int[choices.size()];
        for (int c = 0; c < p.length; c++) {
            Choice choice = choices.get(c);
            for (int r = 0; r < arms.length; r++) {
                int arm = arms[r];
                p[c][r] = IntStream.range(0, choice.arms().length).filter(i -> choice.arms()[i] == arm).mapToDouble(i -> choice.probability()[i]).findFirst().orElse(Double.NaN);
            }
            chosen[c] = choice.isEmpty() ? -1 : IntStream.range(0, arms.length).filter(r -> arms[r] == choice.arm()).findFirst().orElse(-1);
        }
        Html h = new Html();
        ChancePicture.write(h, "Which split is best, " + method, Arrays.stream(arms).mapToObj(a -> Arm.share(grid.arms().get(a).ratio())).toList(),
                choices.stream().map(c -> Numbers.of(c.budget())).toList(), budgetLabel(), p, chosen);
        return h.toString();
    }

    private String cold() {
        List<Curve> curves = new ArrayList<>();
        for (int m = 0; m < study.subject().methods().size(); m++) {
            String method = study.subject().methods().get(m);
            Interval[] y = IntStream.range(0, logs.length).mapToObj(b -> Estimates.coldStart(grid, study.subject(), b, method)).toArray(Interval[]::new);
            curves.add(curve(method, style(m, false), logs, y));
        }
        DoubleFunction<String> points = v -> grid.percent() ? Numbers.of(Math.rint(1000 * v) / 10) : Numbers.of(v);
        return draw(new CurvesPicture("Cold start", 280, budgetLabel(), logs, budgetWords(), points, false, true, false), curves);
    }

    private String laws() {
        List<Curve> curves = new ArrayList<>();
        int n = 0;
        for (Map.Entry<String, PowerLaw> e : study.laws().entrySet()) {
            PowerLaw law = e.getValue();
            int style = style(n - 1, n == 0 && e.getKey().equals("demonstrations alone"));
            n++;
            if (Double.isNaN(law.exponent().value())) {
                continue;
            }
            double[] fine = IntStream.rangeClosed(0, 20).mapToDouble(i -> logs[0] + i / 20.0 * (logs[logs.length - 1] - logs[0])).toArray();
            double[] none = new double[fine.length];
            Arrays.fill(none, Double.NaN);
            curves.add(new Curve("", style, fine, Arrays.stream(fine).map(x -> law.at(Math.exp(x))).toArray(), none, none, Curve.Shape.LINE));
            curves.add(curve(e.getKey().replace("demonstrations alone", "alone").replace("best split, ", ""), style, logs, of(e.getKey()), Curve.Shape.POINTS));
        }
        return draw(new CurvesPicture("Power laws", HEIGHT, budgetLabel(), logs, budgetWords(), values(), true, false, false), curves);
    }

    /** What a power law was fitted to. */
    private Interval[] of(String law) {
        List<Choice> choices = law.startsWith("best split, ") ? study.byMethod().get(law.substring("best split, ".length())) : null;
        return IntStream.range(0, logs.length).mapToObj(b -> choices == null ? grid.mean(b, grid.arm(1, StudySubject.SFT))
                : choices.get(b).isEmpty() ? new Interval(Double.NaN, Double.NaN, Double.NaN) : choices.get(b).expected()).toArray(Interval[]::new);
    }
}
