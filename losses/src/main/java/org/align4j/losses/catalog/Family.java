package org.align4j.losses.catalog;

/** What an objective learns from. */
public enum Family {
    PAIR("Pairs", "A chosen and a rejected response to the same prompt. The batch's loss is the mean over its pairs."),
    LIST("Lists", "Any number of responses to a prompt, each with a label ψ. Scores are s = β·d; sums run over the items of a list or its pairs ψ_i > ψ_j. "
            + "The batch's loss is the mean over its lists."),
    UNPAIRED("Single responses, desirable or not", "One response with a label. The batch's loss is the mean over its examples."),
    SUPERVISED("Responses to imitate", "One response; of pairs and lists the first. Unless the formula says otherwise the loss is the mean over all tokens of the batch."),
    COMBINED("Combinations", "Objectives made of others."),
    POLICY("Policy gradients", "Responses the policy sampled itself, with rewards: ρ is the ratio π/π_old, A an advantage, V the value, "
            + "R the return, H the entropy, k3 = e^r − 1 − r with r = log π_ref(y_t) − log π(y_t). Functions over one array per sequence (package `policy`); "
            + "tokens are put together by the aggregation that the defaults name, unless the formula says otherwise."),
    ADVANTAGE("Rewards and advantages", "What policy gradients are fed with, from scores, log-probabilities and values (package `policy`)."),
    REWARD("Reward models", "Functions of the scalar rewards r (package `reward`).");

    private final String title;
    private final String about;

    Family(String title, String about) {
        this.title = title;
        this.about = about;
    }

    /** Heading of its table. */
    public String title() {
        return title;
    }

    /** What holds for all of it. */
    public String about() {
        return about;
    }
}
