package org.align4j.rewardmodels.winrate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which models comparisons tie to one scale. Maximum likelihood is finite only among models each of which has won, or drawn, against each other at least through third ones
 * (<a href="https://doi.org/10.1080/00029890.1957.11989117">Ford, 1957</a>). The greatest such set is the core; a model that wins or loses all against it is infinitely far away.
 */
final class Separation {

    /** Where a model stands. */
    enum Place { CORE, ABOVE, BELOW, APART }

    private final double[][] wins;
    private boolean[][] reach;

    /** @param wins how often a model won against another, a draw being half a win of either */
    Separation(double[][] wins) {
        this.wins = wins;
    }

    /** Whether all models are the core. */
    boolean none() {
        return all(false) && all(true);
    }

    private boolean all(boolean turned) {
        boolean[] seen = new boolean[wins.length];
        List<Integer> open = new ArrayList<>(List.of(0));
        seen[0] = true;
        for (int i = 0; i < open.size(); i++) {
            for (int m = 0; m < seen.length; m++) {
                if (!seen[m] && (turned ? wins[m][open.get(i)] : wins[open.get(i)][m]) > 0) {
                    seen[m] = true;
                    open.add(m);
                }
            }
        }
        return open.size() == seen.length;
    }

    private boolean reaches(int a, int b) {
        if (reach == null) {
            int n = wins.length;
            reach = new boolean[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    reach[i][j] = i == j || wins[i][j] > 0;
                }
            }
            for (int k = 0; k < n; k++) {
                for (int i = 0; i < n; i++) {
                    for (int j = 0; reach[i][k] && j < n; j++) {
                        reach[i][j] |= reach[k][j];
                    }
                }
            }
        }
        return reach[a][b];
    }

    /** The greatest set of two models or more, of equal ones that with the most comparisons; empty where every model stands alone. */
    List<Integer> core() {
        List<Integer> best = List.of();
        for (int m = 0; m < wins.length; m++) {
            int from = m;
            List<Integer> own = IntStream.range(0, wins.length).filter(k -> reaches(from, k) && reaches(k, from)).boxed().toList();
            if (own.size() > 1 && (own.size() > best.size() || own.size() == best.size() && comparisons(own) > comparisons(best))) {
                best = own;
            }
        }
        return best;
    }

    private double comparisons(List<Integer> models) {
        return models.stream().mapToDouble(a -> models.stream().mapToDouble(b -> wins[a][b]).sum()).sum();
    }

    /** Where a model stands to a core. */
    Place place(int model, List<Integer> core) {
        if (core.contains(model)) {
            return Place.CORE;
        }
        boolean above = !core.isEmpty() && reaches(model, core.get(0));
        boolean below = !core.isEmpty() && reaches(core.get(0), model);
        return above ? Place.ABOVE : below ? Place.BELOW : Place.APART;
    }

    /** Comparisons of a model with another. */
    double between(int a, int b) {
        return wins[a][b] + wins[b][a];
    }
}
