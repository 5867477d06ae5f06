package org.align4j.rewardmodels.model;

import java.util.List;
import org.align4j.core.data.Group;

/**
 * What a reward model learns from: a prompt and its responses.
 *
 * @param group   in a pair the chosen response first, the difference of the two scores its margin; in a list every response with a score
 * @param ratings for regression one row per response, a rating of every output of the head, NaN where there is none; null where nothing is rated
 */
public record RewardGroup(Group group, double[][] ratings) {

    public RewardGroup {
        if (ratings != null && ratings.length != group.responses().size()) {
            throw new IllegalArgumentException("One row of ratings per response is required, found " + ratings.length + " for " + group.responses().size()
                    + " responses at " + group.at());
        }
    }

    /** Groups without ratings. */
    public static List<RewardGroup> of(List<Group> groups) {
        return groups.stream().map(g -> new RewardGroup(g, null)).toList();
    }

    /** The score of the first response less that of the second. */
    double margin() {
        return group.responses().get(0).score() - group.responses().get(1).score();
    }

    double[] scores() {
        return group.responses().stream().mapToDouble(r -> r.score()).toArray();
    }
}
