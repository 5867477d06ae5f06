package org.align4j.recipes.eval;

import java.nio.file.Path;
import org.align4j.rewardmodels.sampling.SamplingListener;

/**
 * What judging may need beside its own settings.
 *
 * @param baseline the model that others are compared with; null where there are no models
 * @param cache    where judgements are kept
 * @param listener told of progress; may ask to stop
 */
record Completion(String baseline, Path cache, SamplingListener listener) {}
