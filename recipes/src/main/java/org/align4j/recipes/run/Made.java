package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Rows that a stage made for later ones.
 *
 * @param train   a data file of rows to learn from
 * @param heldOut a data file of rows kept for evaluation, of other prompts
 */
record Made(Path train, Optional<Path> heldOut) {}
