package org.align4j.rewardmodels.selection;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;

/** Rows for tests. */
final class Rows {
    private Rows() {}

    /** A demonstration whose tokens follow from its words. */
    static Candidate row(int number, String prompt, String response) {
        return new Candidate(new Text.Plain(prompt), prompt, List.of(response),
                new Group(new Location("rows.jsonl", number + 1L), ids(prompt), List.of(new Group.Response(ids(response), Double.NaN, null, true))), null);
    }

    /** A demonstration of a number of words. */
    static List<Candidate> ofResponses(String... responses) {
        List<Candidate> rows = new java.util.ArrayList<>();
        for (int i = 0; i < responses.length; i++) {
            rows.add(row(i, "prompt " + i, responses[i]));
        }
        return rows;
    }

    static int[] ids(String text) {
        return Arrays.stream(text.isBlank() ? new String[] {"_"} : text.strip().split("\\s+")).mapToInt(w -> 2 + Math.floorMod(w.hashCode(), 1 << 20)).toArray();
    }
}
