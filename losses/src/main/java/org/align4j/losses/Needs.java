package org.align4j.losses;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a loss asks of its caller.
 *
 * @param arity     how many responses an example has
 * @param reduction how the token log-probabilities of a response become one number
 * @param extras    what else has to be given
 */
public record Needs(Arity arity, Reduction reduction, Set<Extra> extras) {

    /** Responses per example. */
    public enum Arity {
        /** One response to imitate; of a pair or a list the first. */
        SINGLE,
        /** The chosen response, then the rejected one. */
        PAIR,
        /** Any number of responses, each with a score. */
        LIST,
        /** One response with a label: desirable or not. */
        UNPAIRED
    }

    /** How token log-probabilities are put together. */
    public enum Reduction {
        /** Their sum. */
        SUM,
        /** Their mean: the sum divided by the number of tokens. */
        MEAN,
        /** Not at all: every token for itself. */
        TOKEN
    }

    /** What a loss may need beyond the log-probabilities of the responses. */
    public enum Extra {
        /** Log-probabilities under the reference policy; a loss without this loads none. */
        REFERENCE,
        /** A term that imitates the chosen response stands beside the preference term. */
        NLL,
        /** A score for every response. */
        SCORES,
        /** Log-probabilities of the prompt's own tokens. */
        PROMPT,
        /** A second response per example that belongs to another prompt, to estimate a KL divergence with. */
        MISMATCHED,
        /** For every token the logarithm of the sum of squared probabilities at its place. */
        COLLISION,
        /** The whole batch at once: its examples are coupled. */
        BATCH
    }

    public Needs {
        EnumSet<Extra> set = EnumSet.noneOf(Extra.class);
        set.addAll(extras);
        extras = Collections.unmodifiableSet(set);
    }

    public Needs(Arity arity, Reduction reduction, Extra... extras) {
        this(arity, reduction, Set.copyOf(Arrays.asList(extras)));
    }

    public boolean needs(Extra extra) {
        return extras.contains(extra);
    }

    /** Whether reference log-probabilities must be given. */
    public boolean reference() {
        return needs(Extra.REFERENCE);
    }

    /** These needs and another's together, under this arity. */
    public Needs and(Needs other) {
        EnumSet<Extra> all = EnumSet.noneOf(Extra.class);
        all.addAll(extras);
        all.addAll(other.extras);
        return new Needs(arity, reduction, all);
    }
}
