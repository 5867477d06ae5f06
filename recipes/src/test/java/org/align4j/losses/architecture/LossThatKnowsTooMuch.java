package org.align4j.losses.architecture;

import org.align4j.core.data.Location;

/** Breaks the rules on purpose: a loss that knows core. */
final class LossThatKnowsTooMuch {
    Location where;
}
