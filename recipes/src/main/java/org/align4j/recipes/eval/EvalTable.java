package org.align4j.recipes.eval;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Results as a table for a terminal. */
public final class EvalTable {
    private static final int WIDEST = 40;
    /** So many models are read down. */
    private static final int MANY = 4;

    private EvalTable() {}

    /** A line for every figure of every model; beside it by how much it differs from the baseline's on the same items. */
    public static String text(EvalResult result) {
        StringBuilder out = new StringBuilder();
        for (EvalResult.Evaluated e : result.evaluations()) {
            if (wide(e)) {
                matrix(out, e);
                notes(out, e);
                out.append('\n');
                continue;
            }
            String layout = layout(e);
            boolean changes = !e.changes().isEmpty();
            String from = "change from " + e.from().orElse("");
            out.append(String.format(Locale.ROOT, layout, e.name(), "", "", "95 % interval", changes ? from : "", changes ? "95 % interval" : "", "").stripTrailing()).append('\n');
            for (String figure : names(e)) {
                String shown = "  " + figure;
                for (String model : e.figures().keySet()) {
                    Optional<Figure> f = e.figure(model, figure);
                    if (f.isPresent()) {
                        out.append(line(layout, shown, model, f.get(), e.change(model, figure)));
                        shown = "";
                    }
                }
            }
            e.ranking().ifPresent(r -> ranking(out, r));
            notes(out, e);
            out.append('\n');
        }
        return out.toString().stripTrailing() + "\n";
    }

    private static void notes(StringBuilder out, EvalResult.Evaluated e) {
        notes(e).forEach(n -> out.append("  ").append(n).append(".\n"));
    }

    /** What a reader must know, without a full stop. */
    public static List<String> notes(EvalResult.Evaluated e) {
        List<String> all = new ArrayList<>(e.notes().stream().map(n -> n.endsWith(".") ? n.substring(0, n.length() - 1) : n).toList());
        if (wide(e) && !e.changes().isEmpty()) {
            all.add("Changes from " + e.from().orElse("") + " on the same items, with intervals, are in evaluation.json");
        }
        return all;
    }

    /** The figures of any model, in order. */
    public static List<String> names(EvalResult.Evaluated e) {
        Set<String> names = new LinkedHashSet<>();
        e.figures().values().forEach(list -> list.forEach(f -> names.add(f.name())));
        return new ArrayList<>(names);
    }

    /** Whether models are better read down and figures across: many of them, out of a file or without changes. */
    public static boolean wide(EvalResult.Evaluated e) {
        return e.figures().size() >= MANY && (e.changes().isEmpty() || !e.spec().needsModels());
    }

    private static void matrix(StringBuilder out, EvalResult.Evaluated e) {
        int model = Math.max(e.name().length(), Math.min(WIDEST, e.figures().keySet().stream().mapToInt(String::length).max().orElse(0)));
        out.append(String.format(Locale.ROOT, "%-" + model + "s", e.name()));
        names(e).forEach(n -> out.append(String.format(Locale.ROOT, "  %24s", n)));
        out.append('\n');
        e.figures().keySet().forEach(m -> {
            out.append(String.format(Locale.ROOT, "%-" + model + "s", cut(m)));
            names(e).forEach(n -> out.append(String.format(Locale.ROOT, "  %24s", e.figure(m, n).map(EvalTable::cell).orElse(""))));
            out.append('\n');
        });
        e.ranking().ifPresent(r -> ranking(out, r));
    }

    /** A figure with its interval. */
    public static String cell(Figure f) {
        return number(f.value(), f, false) + (f.percent() ? " %" : "") + (Double.isFinite(f.low()) ? " (" + number(f.low(), f, false) + " to " + number(f.high(), f, false) + ")" : "");
    }

    private static String cut(String model) {
        return model.length() > WIDEST ? model.substring(0, WIDEST - 1) + "…" : model;
    }

    /** Columns as wide as the longest names. */
    private static String layout(EvalResult.Evaluated e) {
        int figure = names(e).stream().mapToInt(n -> n.length() + 2).max().orElse(2);
        int model = e.figures().keySet().stream().mapToInt(String::length).max().orElse(0);
        return "%-" + Math.max(Math.min(e.name().length(), WIDEST), figure) + "s  %-" + Math.max(1, Math.min(model, WIDEST)) + "s  %9s  %-18s  %10s  %-20s%s%n";
    }

    private static String line(String layout, String figure, String model, Figure f, Optional<Change> change) {
        String moved = change.map(c -> number(c.value(), f, true)).orElse("");
        String interval = change.filter(c -> Double.isFinite(c.low())).map(c -> number(c.low(), f, true) + " to " + number(c.high(), f, true)).orElse("");
        String verdict = change.map(Change::verdict).map(v -> v.isEmpty() ? "" : " " + v).orElse("");
        return String.format(Locale.ROOT, layout, figure, cut(model), number(f.value(), f, false) + (f.percent() ? " %" : ""),
                Double.isFinite(f.low()) ? number(f.low(), f, false) + " to " + number(f.high(), f, false) : "", moved, interval, verdict).stripTrailing() + "\n";
    }

    private static void ranking(StringBuilder out, Ranking r) {
        out.append("  ").append(r.method()).append('\n');
        int place = 1;
        for (Ranking.Entry e : r.entries()) {
            out.append(String.format(Locale.ROOT, "  %3d  %-34s %7s  %s   wins %.1f %%%n", place++, e.model(), elo(e.strength()), elo(e.low()) + " to " + elo(e.high()), 100 * e.winRate()));
        }
    }

    private static String elo(double v) {
        return Double.isNaN(v) ? "–" : Double.isInfinite(v) ? v > 0 ? "∞" : "−∞" : String.format(Locale.ROOT, "%.0f", v);
    }

    /** Percent with one decimal, else four digits. */
    static String number(double v, Figure f, boolean sign) {
        if (!Double.isFinite(v)) {
            return "–";
        }
        double a = Math.abs(v);
        String form = f.percent() ? ".1f" : a != 0 && (a < 1e-3 || a >= 1e6) ? ".2e" : a >= 1000 ? ",.0f" : a >= 100 ? ".1f" : a >= 10 ? ".2f" : ".4f";
        return String.format(Locale.ROOT, "%" + (sign ? "+" : "") + form, f.percent() ? 100 * v : v);
    }
}
