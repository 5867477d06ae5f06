package org.align4j.rewardmodels.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Group;

/**
 * Some groups of the rollouts, computed at once.
 *
 * @param groups    the groups
 * @param responses indices of their responses in the rollouts
 */
record Piece(List<Group> groups, int[] responses) {

    /** Cuts groups, in order, into pieces of at most {@code maxTokens} tokens; a larger group stands alone. */
    static List<Piece> cut(List<Group> all, int[] which, int maxTokens) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        int tokens = 0;
        for (int i = 0; i < which.length; i++) {
            int n = all.get(which[i]).tokens();
            if (i > from && tokens + n > maxTokens) {
                pieces.add(of(all, Arrays.copyOfRange(which, from, i)));
                from = i;
                tokens = 0;
            }
            tokens += n;
        }
        pieces.add(of(all, Arrays.copyOfRange(which, from, which.length)));
        return pieces;
    }

    /** All groups. */
    static List<Piece> cut(List<Group> all, int maxTokens) {
        int[] which = new int[all.size()];
        Arrays.setAll(which, i -> i);
        return cut(all, which, maxTokens);
    }

    private static Piece of(List<Group> all, int[] which) {
        List<Group> groups = new ArrayList<>();
        int samples = all.get(0).responses().size();
        int[] responses = new int[which.length * samples];
        for (int g = 0; g < which.length; g++) {
            groups.add(all.get(which[g]));
            for (int s = 0; s < samples; s++) {
                responses[g * samples + s] = which[g] * samples + s;
            }
        }
        return new Piece(groups, responses);
    }

    PackedBatch packed() {
        return PackedBatch.of(groups);
    }

    PackedBatch reading(Reads reads, boolean targets) {
        return PackedBatch.reading(groups, reads, targets);
    }

    /** Log-probabilities of every response. */
    double[][] rows(PackedBatch packed, double[] perTarget) {
        double[][] rows = new double[responses.length][];
        int i = 0;
        for (int g = 0; g < groups.size(); g++) {
            for (int r = 0; r < groups.get(g).responses().size(); r++) {
                rows[i] = packed.slice(perTarget, g, r);
                for (int t = 0; t < rows[i].length; t++) {
                    if (!Double.isFinite(rows[i][t])) {
                        throw new UserException("The log-probability of token " + t + " of a response to " + groups.get(g).at() + " is " + rows[i][t]
                                + ". Training has diverged: lower learning_rate, or go back to an earlier checkpoint.");
                    }
                }
                i++;
            }
        }
        return rows;
    }

    /** One number per target. */
    double[] flat(PackedBatch packed, double[][] rows) {
        double[] flat = new double[packed.targets().length];
        int i = 0;
        for (int[] starts : packed.starts()) {
            for (int start : starts) {
                System.arraycopy(rows[i], 0, flat, start, rows[i].length);
                i++;
            }
        }
        return flat;
    }
}
