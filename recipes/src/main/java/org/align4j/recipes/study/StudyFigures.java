package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.recipes.eval.Figure;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.rewardmodels.evaluate.Interval;

/** What a study comes to, for programs: {@code results.json} and {@code cells.csv}. What is not a number is null or empty. */
final class StudyFigures {
    private StudyFigures() {}

    /** A row for every cell: its key, what was spent, and every figure with its ends. */
    static String csv(List<CellResult> cells) {
        Set<String> names = new LinkedHashSet<>();
        cells.forEach(c -> c.figures().forEach(f -> names.add(f.name())));
        StringBuilder out = new StringBuilder("budget,ratio,method,seed,demonstrations,demonstrations_cost,demonstrations_tokens,preferences,preferences_cost,preferences_tokens,left,seconds");
        names.forEach(n -> out.append(',').append(n).append(',').append(n).append("_low,").append(n).append("_high,").append(n).append("_n"));
        out.append('\n');
        for (CellResult c : cells) {
            List<Object> row = new ArrayList<>(List.of(c.key().budget(), c.key().ratio(), c.key().method(), c.key().seed()));
            for (Spent.Kind k : List.of(c.spent().demonstrations(), c.spent().preferences())) {
                row.addAll(List.of(k.rows(), k.cost(), k.tokens()));
            }
            row.addAll(List.of(c.spent().left(), c.seconds()));
            for (String n : names) {
                Figure f = c.figure(n).orElse(null);
                row.addAll(f == null ? List.of("", "", "", "") : List.of(f.value(), f.low(), f.high(), f.n()));
            }
            out.append(row.stream().map(StudyFigures::field).collect(Collectors.joining(","))).append('\n');
        }
        return out.toString();
    }

    /** Whole numbers whole; nothing for what is not a number. Names of methods and figures need no quotes. */
    private static String field(Object value) {
        if (value instanceof Double v) {
            return !Double.isFinite(v) ? "" : v == Math.rint(v) && Math.abs(v) < 1e15 ? Long.toString(v.longValue()) : v.toString();
        }
        return value.toString();
    }

    static String json(StudyReading reading, Analysis a) {
        StudySubject s = a.subject();
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", s.name());
        m.put("metric", s.metric());
        m.put("unit", s.unit().name().toLowerCase(java.util.Locale.ROOT));
        m.put("cost", Map.of("sft", s.cost().sft(), "preference", s.cost().preference()));
        m.put("budgets", s.budgets());
        m.put("ratios", s.ratios());
        m.put("methods", s.methods());
        m.put("seeds", s.seeds());
        m.put("cells_done", reading.cells().size());
        m.put("cells_missing", a.missing().stream().map(k -> Map.of("budget", k.budget(), "ratio", k.ratio(), "method", k.method(), "seed", k.seed())).toList());
        m.put("base", reading.base().stream().collect(Collectors.toMap(Figure::name, f -> interval(new Interval(f.value(), f.low(), f.high())), (x, y) -> x, LinkedHashMap::new)));
        List<Grid> grids = new ArrayList<>(List.of(a.grid()));
        grids.addAll(a.others());
        m.put("figures", grids.stream().collect(Collectors.toMap(Grid::figure, StudyFigures::table, (x, y) -> x, LinkedHashMap::new)));
        m.put("best", a.choices().stream().map(c -> choice(a.grid(), c)).toList());
        Map<String, Object> methods = new LinkedHashMap<>();
        s.methods().forEach(name -> methods.put(name, method(a, name)));
        m.put("by_method", methods);
        Map<String, Object> laws = new LinkedHashMap<>();
        a.laws().forEach((name, law) -> laws.put(name, law(law)));
        m.put("power_laws", laws);
        m.put("published_directions", a.directions().stream().map(d -> ordered("claim", d.claim(), "method", d.method(), "verdict", d.verdict().words(), "numbers", d.numbers())).toList());
        m.put("advice", a.advice().stream().map(x -> ordered("budget", x.budget(), "interpolated", x.interpolated(), "text", x.text(), "best", choice(a.grid(), x.choice()))).toList());
        return Json.pretty(m);
    }

    private static List<Object> table(Grid g) {
        List<Object> rows = new ArrayList<>();
        for (int b = 0; b < g.budgets().size(); b++) {
            for (int arm = 0; arm < g.arms().size(); arm++) {
                Map<String, Object> row = ordered("budget", g.budgets().get(b), "ratio", g.arms().get(arm).ratio(), "method", g.arms().get(arm).method());
                row.putAll(interval(g.mean(b, arm)));
                row.put("seeds", Arrays.stream(g.values()[b][arm]).mapToObj(StudyFigures::number).toList());
                rows.add(row);
            }
        }
        return rows;
    }

    private static Map<String, Object> method(Analysis a, String name) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("best", a.byMethod().get(name).stream().map(c -> choice(a.grid(), c)).toList());
        m.put("cold_start_gap", IntStream.range(0, a.grid().budgets().size()).mapToObj(b -> {
            Map<String, Object> row = ordered("budget", a.grid().budgets().get(b));
            row.putAll(interval(Estimates.coldStart(a.grid(), a.subject(), b, name)));
            return row;
        }).toList());
        Crossing c = a.crossings().get(name);
        m.put("crossing", ordered("budget", number(c.at()), "low", number(c.low()), "high", number(c.high()), "from_the_smallest_budget", number(c.always()), "never", number(c.never()),
                "certain_from", c.certain().isPresent() ? c.certain().getAsDouble() : null, "leads", Arrays.stream(c.leads()).map(StudyFigures::interval).toList()));
        return m;
    }

    private static Map<String, Object> choice(Grid g, Choice c) {
        if (c.isEmpty()) {
            return ordered("budget", c.budget(), "ratio", null);
        }
        Map<String, Object> m = ordered("budget", c.budget(), "ratio", g.arms().get(c.arm()).ratio(), "method", g.arms().get(c.arm()).method());
        m.putAll(interval(c.expected()));
        m.put("probability", number(c.certainty()));
        m.put("arms", IntStream.range(0, c.arms().length).mapToObj(i -> ordered("ratio", g.arms().get(c.arms()[i]).ratio(), "method", g.arms().get(c.arms()[i]).method(),
                "probability", number(c.probability()[i]), "told_from_best", i != c.best() && !c.alike().contains(i))).toList());
        return m;
    }

    private static Map<String, Object> law(PowerLaw law) {
        return ordered("k", number(law.k()), "exponent", number(law.exponent().value()), "low", number(law.exponent().low()), "high", number(law.exponent().high()), "b", number(law.b()),
                "r2", number(law.r2()), "budgets", law.points(), "good", law.good());
    }

    private static Map<String, Object> interval(Interval v) {
        return ordered("value", number(v.value()), "low", number(v.low()), "high", number(v.high()));
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static Object number(double v) {
        return Double.isFinite(v) ? v : null;
    }
}
