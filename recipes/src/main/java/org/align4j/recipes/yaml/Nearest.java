package org.align4j.recipes.yaml;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** The known word a mistyped one was probably meant to be. */
public final class Nearest {
    private Nearest() {}

    /**
     * The nearest of the known words by optimal string alignment distance (insert, delete, replace, swap neighbours), ignoring case, dashes and underscores
     * at first; nothing when more than a third of the letters would have to change.
     */
    public static Optional<String> of(String found, Collection<String> known) {
        String plain = plain(found);
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        if (plain.length() > 64) {
            return Optional.empty();
        }
        for (String candidate : known) {
            int d = distance(plain, plain(candidate));
            int allowed = Math.max(1, Math.max(plain.length(), plain(candidate).length()) / 3);
            if (d <= allowed && d < bestDistance && d < plain(candidate).length()) {
                best = candidate;
                bestDistance = d;
            }
        }
        return Optional.ofNullable(best);
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
