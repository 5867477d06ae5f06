package org.align4j.rewardmodels.sampling;

import java.util.List;
import java.util.Map;

/** A way to make training rows out of scored answers. */
public interface Keep {

    /** What is made of each of some prompts, in their order. What is made of a prompt does not depend on the others. */
    List<Kept> of(List<SampledPrompt> prompts);

    /** Everything the rows depend on beside the scored answers, for the digest: texts, numbers and lists of them by name. */
    Map<String, Object> identity();
}
