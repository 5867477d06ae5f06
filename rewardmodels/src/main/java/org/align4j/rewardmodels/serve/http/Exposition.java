package org.align4j.rewardmodels.serve.http;

import java.util.Locale;
import org.align4j.rewardmodels.serve.Histogram;

/** Writes metrics in Prometheus' text format, version 0.0.4. */
final class Exposition {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private final StringBuilder out = new StringBuilder();

    Exposition family(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help.replace("\\", "\\\\").replace("\n", "\\n")).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    /** @param labels name, value, name, value … */
    Exposition sample(String name, double value, String... labels) {
        out.append(name);
        if (labels.length > 0) {
            out.append('{');
            for (int i = 0; i < labels.length; i += 2) {
                out.append(i == 0 ? "" : ",").append(labels[i]).append("=\"").append(escaped(labels[i + 1])).append('"');
            }
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
        return this;
    }

    Exposition histogram(String name, Histogram h, String... labels) {
        double[] bounds = h.bounds();
        long[] counts = h.cumulative();
        for (int i = 0; i < counts.length; i++) {
            String[] all = java.util.Arrays.copyOf(labels, labels.length + 2);
            all[labels.length] = "le";
            all[labels.length + 1] = i < bounds.length ? number(bounds[i]) : "+Inf";
            sample(name + "_bucket", counts[i], all);
        }
        sample(name + "_sum", h.sum(), labels);
        return sample(name + "_count", counts[counts.length - 1], labels);
    }

    String text() {
        return out.toString();
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double v) {
        return v == Math.rint(v) && Math.abs(v) < 1e15 ? String.format(Locale.ROOT, "%d", (long) v) : Double.toString(v);
    }
}
