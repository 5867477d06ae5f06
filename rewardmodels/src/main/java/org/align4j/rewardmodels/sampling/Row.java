package org.align4j.rewardmodels.sampling;

import java.util.List;

/** A training row made of answers. */
public sealed interface Row {

    /** An answer to imitate. */
    record Demonstration(SampledAnswer answer) implements Row {}

    /** A better answer and a worse one. */
    record Pair(SampledAnswer chosen, SampledAnswer rejected) implements Row {}

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
