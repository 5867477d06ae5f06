package org.align4j.recipes.report.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Nested maps and lists as tables: scalars of an object make a table of two columns; sibling objects with the same numeric keys (quantiles, counts by file)
 * one table with a row each; an object with the keys {@code edges} and {@code counts} a histogram; lists of objects a table.
 */
public final class Tree {
    private static final int MAX_ROWS = 200;

    private Tree() {
    }

    public static void write(Html h, Map<String, Object> object) {
        Map<String, Object> scalars = new LinkedHashMap<>();
        Map<String, Object> nested = new LinkedHashMap<>();
        object.forEach((k, v) -> (scalar(v) ? scalars : nested).put(k, v));
        if (!scalars.isEmpty()) {
            h.raw("<div class=\"scroll\"><table><tbody>\n");
            scalars.forEach((k, v) -> h.raw("<tr>").element("th", label(k)).element(isNumber(v) ? "td class=\"n\"" : "td class=\"wrap\"", show(v)).raw("</tr>\n"));
            h.raw("</tbody></table></div>\n");
        }
        Map<String, Map<String, Object>> rows = alike(nested);
        if (!rows.isEmpty()) {
            table(h, "", new ArrayList<>(rows.keySet()), new ArrayList<>(rows.values()));
        }
        boolean grid = nested.values().stream().filter(v -> v instanceof Map<?, ?>).count() > 1 && rows.isEmpty();
        h.raw(grid ? "<div class=\"pair\">" : "");
        nested.forEach((k, v) -> {
            if (!rows.containsKey(k)) {
                h.raw("<div>").element("h4", label(k));
                value(h, v, label(k));
                h.raw("</div>\n");
            }
        });
        h.raw(grid ? "</div>\n" : "");
    }

    private static void value(Html h, Object v, String title) {
        if (v instanceof Map<?, ?> m) {
            Map<String, Object> map = strings(m);
            if (Histogram.is(map)) {
                Histogram.write(h, map, title);
            } else {
                write(h, map);
            }
        } else if (v instanceof List<?> list && !list.isEmpty() && list.stream().allMatch(e -> e instanceof Map<?, ?>)) {
            List<Map<String, Object>> maps = list.stream().map(e -> strings((Map<?, ?>) e)).toList();
            if (maps.stream().allMatch(m -> m.values().stream().allMatch(Tree::scalar))) {
                table(h, null, null, maps);
            } else {
                maps.forEach(m -> write(h, m));
            }
        } else if (v instanceof List<?> list) {
            h.raw("<pre>").text(String.join("\n", list.stream().limit(MAX_ROWS).map(Tree::show).toList())).raw("</pre>\n");
            more(h, list.size());
        }
    }

    /** A table with a row per map; {@code names} go into a first column. */
    private static void table(Html h, String corner, List<String> names, List<Map<String, Object>> maps) {
        Set<String> columns = new LinkedHashSet<>();
        maps.forEach(m -> columns.addAll(m.keySet()));
        h.raw("<div class=\"scroll\"><table><thead><tr>");
        if (names != null) {
            h.element("th", corner);
        }
        for (String c : columns) {
            h.element(maps.stream().allMatch(m -> isNumber(m.get(c))) ? "th class=\"n\"" : "th", label(c));
        }
        h.raw("</tr></thead><tbody>\n");
        for (int i = 0; i < Math.min(MAX_ROWS, maps.size()); i++) {
            h.raw("<tr>");
            if (names != null) {
                h.element("th", label(names.get(i)));
            }
            for (String c : columns) {
                Object v = maps.get(i).get(c);
                h.element(isNumber(v) ? "td class=\"n\"" : "td class=\"wrap\"", v == null ? "–" : show(v));
            }
            h.raw("</tr>\n");
        }
        h.raw("</tbody></table></div>\n");
        more(h, maps.size());
    }

    private static void more(Html h, int size) {
        if (size > MAX_ROWS) {
            h.element("p class=\"small soft\"", "… and " + Numbers.of(size - MAX_ROWS) + " more in the run directory.");
        }
    }

    private static Map<String, Map<String, Object>> alike(Map<String, Object> nested) {
        Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
        Set<String> keys = null;
        for (Map.Entry<String, Object> e : nested.entrySet()) {
            if (!(e.getValue() instanceof Map<?, ?> m) || m.isEmpty() || !m.values().stream().allMatch(Tree::scalar)) {
                continue;
            }
            Map<String, Object> map = strings(m);
            if (Histogram.is(map)) {
                continue;
            }
            if (keys == null) {
                keys = map.keySet();
            }
            if (keys.equals(map.keySet())) {
                rows.put(e.getKey(), map);
            }
        }
        return rows.size() >= 2 ? rows : Map.of();
    }

    private static Map<String, Object> strings(Map<?, ?> m) {
        Map<String, Object> out = new LinkedHashMap<>();
        m.forEach((k, v) -> out.put(String.valueOf(k), v));
        return out;
    }

    private static boolean scalar(Object v) {
        return !(v instanceof Map<?, ?> m && !m.isEmpty()) && !(v instanceof List<?> l && !inline(l));
    }

    /** Short lists of words or numbers stand in one cell. */
    private static boolean inline(List<?> l) {
        return l.stream().noneMatch(e -> e instanceof Map<?, ?> || e instanceof List<?>) && l.toString().length() <= 160;
    }

    private static boolean isNumber(Object v) {
        return v instanceof Number;
    }

    private static String show(Object v) {
        if (v instanceof Number n) {
            return Numbers.of(n.doubleValue());
        }
        if (v instanceof List<?> l) {
            return l.isEmpty() ? "none" : String.join(" ", l.stream().map(Tree::show).toList());
        }
        if (v instanceof Map<?, ?>) {
            return "none";
        }
        return v instanceof Boolean b ? b ? "yes" : "no" : String.valueOf(v);
    }

    private static String label(String key) {
        return key.replace('_', ' ');
    }
}
