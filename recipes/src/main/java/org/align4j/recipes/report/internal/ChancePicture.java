package org.align4j.recipes.report.internal;

import java.util.List;

/** A table of probabilities as discs: the area says how probable, a ring marks the choice. */
public final class ChancePicture {
    private static final int LEFT = 76;
    private static final int ROW = 34;
    private static final double RADIUS = 14;

    private ChancePicture() {
    }

    /**
     * @param rows    names, from top to bottom
     * @param columns names, from left to right
     * @param p       by column and row; NaN where it is not known
     * @param chosen  row chosen in each column, or −1
     */
    public static void write(Html html, String title, List<String> rows, List<String> columns, String columnsAre, double[][] p, int[] chosen) {
        Frame f = new Frame(html, title, ROW * rows.size() + Frame.TOP + Frame.BOTTOM, LEFT, 0, columns.size(), 0, rows.size());
        for (int r = 0; r < rows.size(); r++) {
            double y = rows.size() - r - 0.5;
            f.line("grid", 0, y, columns.size(), y).label(LEFT - 8, y, "end", rows.get(r));
        }
        f.axisX(java.util.stream.IntStream.range(0, columns.size()).mapToObj(i -> i + 0.5).toList(), v -> Html.escape(columns.get((int) v)), false, columnsAre);
        for (int c = 0; c < columns.size(); c++) {
            for (int r = 0; r < rows.size(); r++) {
                double y = rows.size() - r - 0.5;
                double value = p[c][r];
                if (value > 0) {
                    f.dot("chance", c + 0.5, y, Math.max(1, RADIUS * Math.sqrt(value)), rows.get(r) + " at " + columns.get(c) + ": " + Frame.percent(value));
                }
                if (chosen[c] == r) {
                    f.dot("ring", c + 0.5, y, RADIUS + 2, "");
                }
                if (value >= 0.005) {
                    f.words(f.x(c + 0.5) + RADIUS + 5, f.y(y) + 5, value > 0.99 ? "> 99 %" : Frame.percent(value));
                }
            }
        }
        f.close();
    }
}
