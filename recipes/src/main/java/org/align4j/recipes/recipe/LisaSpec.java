package org.align4j.recipes.recipe;

import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;

/** Training of few blocks at a time (LISA, Pan et al. 2024): embeddings and head always, and some blocks drawn anew every so many updates. */
@Doc("Trains few blocks at a time: embeddings and head always, and some blocks drawn anew every so many updates.")
public record LisaSpec(
        @Doc("Blocks that train at a time.") @Default("2") @Range(min = 1, max = 1024) @Synonyms({"gamma", "activated_layers", "blocks"}) int layers,
        @Doc("Updates from draw to draw.") @Default("20") @Range(min = 1) @Synonyms({"interval_steps", "period", "steps"}) int every,
        @Doc("Whether blocks that do not train keep AdamW's moments, which then take memory for the whole model.") @Default("false") boolean keepMoments) {}
