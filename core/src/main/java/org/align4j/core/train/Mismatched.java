package org.align4j.core.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;

/**
 * Pairs every prompt of unpaired data with a response that belongs to another prompt. KTO estimates the KL divergence from the reference with such
 * responses (Ethayarajh et al., <a href="https://arxiv.org/abs/2402.01306">KTO: Model Alignment as Prospect Theoretic Optimization</a>, 2024).
 */
public final class Mismatched {
    private Mismatched() {}

    /** As {@link #pair(List, long, int)} without a limit on the length. */
    public static List<Group> pair(List<Group> groups, long seed) {
        return pair(groups, seed, Integer.MAX_VALUE);
    }

    /**
     * Gives every group a second response: that of its successor in a random cycle through all groups, or the first one after that whose prompt and
     * response both differ. A function of groups and seed alone. The second response has neither score nor label.
     *
     * @param groups    groups of one response each
     * @param maxLength most tokens of prompt and response together; a longer mismatched response is cut
     * @throws UserException when no other prompt has another response
     */
    public static List<Group> pair(List<Group> groups, long seed, int maxLength) {
        int n = groups.size();
        int[] cycle = Streams.permutation(n, Streams.of(seed, "mismatched", 0));
        Group[] out = new Group[n];
        for (int i = 0; i < n; i++) {
            Group g = groups.get(cycle[i]);
            if (g.responses().size() != 1) {
                throw new IllegalArgumentException("A mismatched response is given to groups of one response, the one at " + g.at() + " has " + g.responses().size());
            }
            Group.Response other = null;
            for (int k = 1; k < n && other == null; k++) {
                other = mismatched(g, groups.get(cycle[(i + k) % n]), maxLength);
            }
            if (other == null) {
                throw new UserException("The example at " + g.at() + " needs a response to another prompt, to estimate a KL divergence with, but none of the "
                        + n + " examples has another prompt and another response. Use more varied data.");
            }
            out[cycle[i]] = new Group(g.at(), g.prompt(), List.of(g.responses().get(0), other));
        }
        return new ArrayList<>(Arrays.asList(out));
    }

    private static Group.Response mismatched(Group g, Group donor, int maxLength) {
        if (Arrays.equals(g.prompt(), donor.prompt())) {
            return null;
        }
        Group.Response r = donor.responses().get(0);
        int n = Math.min(r.ids().length, Math.max(1, maxLength - g.prompt().length));
        int[] ids = Arrays.copyOf(r.ids(), n);
        return Arrays.equals(ids, g.responses().get(0).ids()) ? null : new Group.Response(ids, Double.NaN, null, r.ended() && n == r.ids().length);
    }
}
