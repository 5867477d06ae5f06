package org.align4j.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.testing.TinyModels;
import org.junit.jupiter.api.Test;

class MismatchedTest {

    private static Group group(int at, int[] prompt, int... response) {
        return new Group(new Location("made", at), prompt, List.of(new Group.Response(response, 1, true, true, new double[response.length])));
    }

    /** Few prompts and few answers, each many times over: neither the prompt's own nor an equal response may come. */
    @Test
    void neverItsOwn() {
        for (int seed = 0; seed < 50; seed++) {
            List<Group> data = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                data.add(group(i, new int[] {1, i % 3}, 7, i % 4));
            }
            List<Group> paired = Mismatched.pair(data, seed);
            assertEquals(data.size(), paired.size());
            for (int i = 0; i < data.size(); i++) {
                Group g = paired.get(i);
                assertEquals(data.get(i).at(), g.at());
                assertEquals(data.get(i).responses().get(0), g.responses().get(0), "the own response stays as it was");
                Group.Response other = g.responses().get(1);
                assertFalse(Arrays.equals(g.responses().get(0).ids(), other.ids()));
                assertTrue(data.stream().anyMatch(d -> Arrays.equals(d.responses().get(0).ids(), other.ids()) && !Arrays.equals(d.prompt(), g.prompt())));
                assertTrue(Double.isNaN(other.score()) && other.label() == null && other.weights() == null && other.ended());
            }
        }
    }

    @Test
    void aFunctionOfTheSeed() {
        List<Group> data = TinyModels.groups(20, 1, 9, 3);
        Set<List<Integer>> drawn = new HashSet<>();
        for (int seed = 0; seed < 5; seed++) {
            List<Group> a = Mismatched.pair(data, seed);
            List<Group> b = Mismatched.pair(data, seed);
            for (int i = 0; i < 20; i++) {
                assertArrayEquals(a.get(i).responses().get(1).ids(), b.get(i).responses().get(1).ids());
            }
            drawn.add(a.stream().map(g -> Arrays.hashCode(g.responses().get(1).ids())).toList());
            assertEquals(20, new HashSet<>(drawn.iterator().next()).size(), "every response serves once where all differ");
        }
        assertEquals(5, drawn.size());
    }

    @Test
    void longOnesAreCut() {
        List<Group> data = List.of(group(0, new int[] {1, 2, 3}, 4), group(1, new int[] {5}, 6, 7, 8, 9));
        Group first = Mismatched.pair(data, 1, 5).get(0);
        assertArrayEquals(new int[] {6, 7}, first.responses().get(1).ids());
        assertFalse(first.responses().get(1).ended());
    }

    @Test
    void saysWhatIsMissing() {
        List<Group> onePrompt = List.of(group(0, new int[] {1}, 4), group(1, new int[] {1}, 5));
        assertTrue(assertThrows(UserException.class, () -> Mismatched.pair(onePrompt, 1)).getMessage().contains("another prompt"));
        assertThrows(UserException.class, () -> Mismatched.pair(List.of(group(0, new int[] {1}, 4), group(1, new int[] {2}, 4)), 1));
        assertThrows(IllegalArgumentException.class, () -> Mismatched.pair(TinyModels.groups(4, 2, 5, 1), 1));
    }

    @Test
    void aTrainerAsksForThem() throws Exception {
        List<Group> single = TestLosses.labelled(TinyModels.groups(4, 1, 5, 1));
        TrainSettings settings = new TrainSettings(1, 2, 64, new LrSchedule(LrSchedule.Shape.CONSTANT, 1e-3, 0, 1, 0), AdamW.Settings.DEFAULT, 0, 0, 1, 1, 7, 0);
        TinyModels.with(TinyModels.config("gpt2"), TinyModels.backend("onednn"), 2, model -> {
            Reference none = (indices, batch) -> new double[batch.targets().length];
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> new Trainer(model, new TestLosses.CoupledLoss(), none, single, settings, new TrainListener() {}));
            assertTrue(e.getMessage().contains("Mismatched.pair"), e.getMessage());
        });
    }
}
