package org.align4j.recipes.recipe;

import java.util.List;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Does some stages several times over, each round with the model the one before left: sampling and training on what was sampled, above all. */
@Doc("Does the same stages several times over, each from the model the last left.")
public record Repeat(
        @Doc("How often.") @Range(min = 1, max = 100) @Synonyms({"rounds", "iterations"}) int times,
        @Doc("What is done, in order.") @Range(min = 1, max = 100) @Synonyms("steps") List<Stage> stages) implements Stage {}
