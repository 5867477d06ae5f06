package org.align4j.recipes.run;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;
import org.align4j.losses.list.Labels;
import org.align4j.recipes.recipe.Lipo;
import org.align4j.recipes.recipe.ListLabels;

/** Turns the scores of lists into what a list loss takes for labels. */
final class ListLabeling {
    private ListLabeling() {}

    static List<Group> apply(Lipo stage, List<Group> groups) {
        if (stage.labels() == ListLabels.RANKS) {
            return groups.stream().map(ListLabeling::ranked).toList();
        }
        for (Group g : groups) {
            for (Group.Response r : g.responses()) {
                if (stage.needsUnitLabels() && !(r.score() >= 0 && r.score() <= 1)) {
                    throw new UserException(g.at() + ": the score " + r.score() + " is no label for the loss " + stage.loss().key()
                            + ", which needs numbers in [0, 1]. Set labels: ranks on the lipo stage, or scale the scores.");
                }
            }
        }
        return groups;
    }

    private static Group ranked(Group g) {
        int n = g.responses().size();
        int[] ranks = new int[n];
        for (int i = 0; i < n; i++) {
            for (Group.Response other : g.responses()) {
                ranks[i] += other.score() > g.responses().get(i).score() ? 1 : 0;
            }
        }
        double[] labels = Labels.ofRanks(ranks);
        List<Group.Response> responses = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Group.Response r = g.responses().get(i);
            responses.add(new Group.Response(r.ids(), labels[i], r.label(), r.ended(), r.weights()));
        }
        return new Group(g.at(), g.prompt(), responses);
    }
}
