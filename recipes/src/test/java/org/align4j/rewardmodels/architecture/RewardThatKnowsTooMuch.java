package org.align4j.rewardmodels.architecture;

import org.align4j.recipes.recipe.Precision;

/** Breaks the rules on purpose: a reward model that knows recipes. */
final class RewardThatKnowsTooMuch {
    Precision precision;
}
