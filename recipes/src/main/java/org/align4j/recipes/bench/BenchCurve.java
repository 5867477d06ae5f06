package org.align4j.recipes.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the time of an update grows with one quantity.
 *
 * @param title   what the curve is about
 * @param unit    what is counted: token, row, layer or vocabulary entry
 * @param type    fp32 or bf16
 * @param sizes   the quantity, rising
 * @param units   units of work in an update at each size
 * @param seconds of an update at each size
 */
record BenchCurve(String title, String unit, String type, double[] sizes, double[] units, double[] seconds) {

    /** Seconds per unit at a point. */
    double perUnit(int i) {
        return seconds[i] / units[i];
    }

    /** p of seconds ∝ size^p between a point and the one before; NaN at the first. */
    double exponent(int i) {
        return i == 0 ? Double.NaN : Math.log(seconds[i] / seconds[i - 1]) / Math.log(sizes[i] / sizes[i - 1]);
    }

    Map<String, Object> json() {
        List<Map<String, Object>> points = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            Map<String, Object> p = new LinkedHashMap<>();
            p.put("size", sizes[i]);
            p.put("seconds", seconds[i]);
            p.put("seconds_per_unit", perUnit(i));
            if (i > 0) {
                p.put("exponent", exponent(i));
            }
            points.add(p);
        }
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("title", title);
        m.put("unit", unit);
        m.put("type", type);
        m.put("points", points);
        return m;
    }
}
