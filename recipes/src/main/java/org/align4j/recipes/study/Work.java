package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much there is to do.
 *
 * @param kind    what takes equally long for as many updates: {@code sft}, a method's name, {@code base}
 * @param updates of the weights; 0 where the model is only measured, or where it is not known
 */
record Work(String kind, long updates) {
    static final String BASE = "base";
    static final String MEASURED = "measured";

    /** How long work takes, by what was timed: a straight line through the points of a kind. */
    static final class Pace {
        private final Map<String, List<double[]>> points = new HashMap<>();
        private final Map<String, Double> perUpdate = new HashMap<>();
        private double measuring;

        /** Takes over what another was told before anything was timed. */
        void from(Pace other) {
            perUpdate.putAll(other.perUpdate);
            measuring = other.measuring;
        }

        /** What a probe says: seconds of an update of a kind. */
        void probed(String kind, double seconds) {
            perUpdate.put(kind, seconds);
        }

        /** Seconds of measuring one model. */
        void measuring(double seconds) {
            measuring = seconds;
        }

        void timed(Work work, double seconds) {
            points.computeIfAbsent(work.kind(), k -> new ArrayList<>()).add(new double[] {work.updates(), seconds});
        }

        /** Whether such work was done and timed. */
        boolean timed(String kind) {
            return points.containsKey(kind);
        }

        /** Seconds that work will take; NaN where nothing like it has been timed. */
        double seconds(Work work) {
            List<double[]> p = points.getOrDefault(work.kind(), List.of());
            if (p.isEmpty()) {
                double own = work.kind().equals(StudySubject.SFT) ? 0 : measuring;
                return work.kind().equals(MEASURED) ? measuring : perUpdate.containsKey(work.kind()) ? own + work.updates() * perUpdate.get(work.kind()) : Double.NaN;
            }
            double mx = p.stream().mapToDouble(a -> a[0]).average().orElse(0);
            double my = p.stream().mapToDouble(a -> a[1]).average().orElse(0);
            double xx = p.stream().mapToDouble(a -> (a[0] - mx) * (a[0] - mx)).sum();
            double slope = xx > 0 ? p.stream().mapToDouble(a -> (a[0] - mx) * (a[1] - my)).sum() / xx : perUpdate.getOrDefault(work.kind(), mx > 0 ? my / mx : 0);
            slope = Math.max(0, slope);
            return Math.max(0.1 * my, my + slope * (work.updates() - mx));
        }

        /** Seconds for all of it with so many at once; NaN where something is not known. */
        double seconds(List<Work> all, int workers) {
            return all.stream().mapToDouble(this::seconds).sum() / workers;
        }
    }

    /** A time for people: 40 s, 12 min, 3 h 20 min. */
    static String time(double seconds) {
        long m = Math.round(seconds / 60);
        return seconds < 90 ? Math.round(seconds) + " s" : m < 90 ? m + " min" : m / 60 + " h " + m % 60 + " min";
    }
}
