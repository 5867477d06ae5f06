package org.align4j.rewardmodels.sampling;

import java.util.List;

/** A training row made of answers. */
public sealed interface Row {

    /** The answers in it. */
    List<SampledAnswer> answers();

    /** What a row of data is about. */
    enum Kind {
        /** One answer to imitate. */
        DEMONSTRATIONS,
        /** A better answer and a worse one. */
        PAIRS,
        /** Answers with a label each. */
        LISTS
    }

    /** An answer to imitate. */
    record Demonstration(SampledAnswer answer) implements Row {
        @Override
        public List<SampledAnswer> answers() {
            return List.of(answer);
        }
    }

    /** A better answer and a worse one. */
    record Pair(SampledAnswer chosen, SampledAnswer rejected) implements Row {
        @Override
        public List<SampledAnswer> answers() {
            return List.of(chosen, rejected);
        }
    }

    /** Answers with a label each, more is better. */
    record Listed(List<SampledAnswer> answers, double[] labels) implements Row {
        public Listed {
            answers = List.copyOf(answers);
            if (labels.length != answers.size()) {
                throw new IllegalArgumentException("A list needs one label per answer, found " + answers.size() + " answers and " + labels.length + " labels");
            }
        }
    }
}
