package org.align4j.losses.catalog;

import java.util.List;
import java.util.stream.Stream;

/** Every objective of this library. */
public final class Catalog {
    private static final List<Objective> OBJECTIVES = Stream.of(PairObjectives.all(), OtherObjectives.lists(), OtherObjectives.unpaired(),
            OtherObjectives.supervised(), OtherObjectives.combined(), PolicyObjectives.all(), RewardObjectives.all()).flatMap(List::stream).toList();

    private Catalog() {
    }

    /** All objectives, family by family. */
    public static List<Objective> objectives() {
        return OBJECTIVES;
    }

    /**
     * The objective of that name.
     *
     * @throws IllegalArgumentException when there is none; the message names all there are
     */
    public static Objective find(String name) {
        return OBJECTIVES.stream().filter(o -> o.name().equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "No objective is called " + name + ", there are " + String.join(", ", OBJECTIVES.stream().map(Objective::name).toList())));
    }
}
