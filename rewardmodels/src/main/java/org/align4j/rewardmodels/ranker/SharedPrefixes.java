package org.align4j.rewardmodels.ranker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;

/** Lays token sequences out as groups whose common beginning is computed once. */
final class SharedPrefixes {
    private static final Location HERE = new Location("judged", 1);

    private SharedPrefixes() {}

    /**
     * Groups in the order of the sequences: either all share one beginning, or runs of {@code run} share a longer one, whichever takes fewer tokens.
     *
     * @param next a token that closes every response, whose prediction is wanted
     * @param most tokens of a group, more only where one sequence has more
     */
    static List<Group> of(List<int[]> sequences, int run, int next, int most) {
        List<List<int[]>> runs = new ArrayList<>();
        for (int i = 0; i < sequences.size(); i += run) {
            runs.add(sequences.subList(i, Math.min(sequences.size(), i + run)));
        }
        long apart = runs.stream().mapToLong(SharedPrefixes::tokens).sum();
        List<Group> groups = new ArrayList<>();
        for (List<int[]> part : tokens(sequences) <= apart ? List.of(sequences) : runs) {
            add(part, next, most, groups);
        }
        return groups;
    }

    static long tokens(List<int[]> sequences) {
        long shared = common(sequences);
        return shared + sequences.stream().mapToLong(s -> s.length - shared).sum();
    }

    private static int common(List<int[]> sequences) {
        int n = sequences.get(0).length;
        for (int[] s : sequences) {
            int m = Arrays.mismatch(s, 0, s.length, sequences.get(0), 0, n);
            n = m < 0 ? n : m;
        }
        return n;
    }

    private static void add(List<int[]> sequences, int next, int most, List<Group> groups) {
        int shared = common(sequences);
        int[] prompt = Arrays.copyOf(sequences.get(0), shared);
        List<Group.Response> responses = new ArrayList<>();
        int tokens = shared;
        for (int[] s : sequences) {
            if (!responses.isEmpty() && tokens + s.length - shared > most) {
                groups.add(new Group(HERE, prompt, responses));
                responses = new ArrayList<>();
                tokens = shared;
            }
            int[] rest = Arrays.copyOfRange(s, shared, s.length + 1);
            rest[rest.length - 1] = next;
            responses.add(new Group.Response(rest, Double.NaN, null, false));
            tokens += s.length - shared;
        }
        groups.add(new Group(HERE, prompt, responses));
    }
}
