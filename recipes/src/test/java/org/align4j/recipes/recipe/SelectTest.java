package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.align4j.rewardmodels.selection.Choice;
import org.align4j.rewardmodels.selection.Part;
import org.align4j.rewardmodels.selection.Shingles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of select stages: defaults, where rows come from, and what is refused. */
class SelectTest {
    private static final String HEAD = "name: x\nmodel: {path: m}\ndata: {sft: {path: s}}\nstages:\n";

    @Test
    void everyFormIsReadAndWritten() {
        Recipe r = Examples.parse(Examples.SELECTION);
        assertEquals(r, Examples.parse(RecipeWriter.write(r)));
        Select s = (Select) r.stages().get(0);
        assertEquals(new SelectStep.NearDuplicates(0.8, Shingles.Kind.WORDS, 3, Part.BOTH, 128, Optional.empty()), s.steps().get(1));
        assertEquals(List.of(new Choice.Between(Double.NEGATIVE_INFINITY, 1), new Choice.Band(0.25, 0.75), new Choice.Some(100, 0, Choice.Where.LOWEST)),
                s.steps().stream().filter(SelectStep.Perplexity.class::isInstance).map(p -> ((SelectStep.Perplexity) p).choice()).toList());
        assertEquals(3, s.rewards().count());
    }

    @Test
    void rowsComeFromTheStageRightBeforeOrFromTheRecipe() {
        StageList list = Examples.parse(Examples.SELECTION).list();
        assertEquals(List.of(DataFrom.RECIPE, DataFrom.SAMPLED, DataFrom.RECIPE, DataFrom.SAMPLED, DataFrom.RECIPE, DataFrom.SAMPLED, DataFrom.RECIPE, DataFrom.SAMPLED),
                java.util.stream.IntStream.range(0, list.size()).mapToObj(list::from).toList());
        assertEquals(4, list.madeBefore(5), "what a sample stage made may be chosen from");
        assertEquals(6, list.madeBefore(7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{steps: []} | steps",
        "{steps: [decontaminate]} | nothing to compare rows with",
        "{steps: [length]} | length needs a bound",
        "{steps: [{length: {min_response: 5, max_response: 4}}]} | max_response 4 is less than min_response 5",
        "{steps: [{quality: {reward: final_answer}}]} | either a number of the best or all from a score on",
        "{steps: [{quality: {reward: final_answer, keep: 0.5, above: 1}}]} | either a number of the best or all from a score on",
        "{steps: [{quality: {reward: final_answer, keep: 0}}]} | a fraction below 1 such as 0.5",
        "{steps: [{quality: {reward: final_answer, of: margin, keep: 0.5}}]} | a demonstration has one response and no margin",
        "{steps: [{quality: {reward: stage, keep: 0.5}}]} | no reward stage before is there",
        "{steps: [{quality: {reward: {ranker: {path: r}}, keep: 0.5}}]} | a ranker has nothing here to compare a response with",
        "{steps: [perplexity]} | one of three ways, found 0",
        "{steps: [{perplexity: {keep: 5, min: 1}}]} | one of three ways, found 2",
        "{steps: [{perplexity: {min: 1, where: lowest}}]} | where has no effect without keep",
        "{steps: [{perplexity: {from: 0.5, to: 0.5}}]} | to must be more than from",
        "{steps: [{perplexity: {min: 2, max: 1}}]} | max must be at least min",
        "{steps: [{diversity: {clusters: 2, keep: 5, temperature: 2}}]} | temperature has no effect without quality",
        "{steps: [{instruction_mining: {keep: 5}}]} | the indicator Rew needs reward",
        "{steps: [{instruction_mining: {keep: 5, coefficients: {len: 1}, reward: final_answer}}]} | reward has no effect where its coefficient is 0",
        "{steps: [{near_duplicate: {}}]} | did you mean 'near_duplicates'?",
        "{rows: preferences, steps: [{random: {keep: 5}}]} | needs data.preferences, which is not given",
        "{data: sampled, steps: [{random: {keep: 5}}]} | no stage before makes such rows",
        "{data: both, steps: [{random: {keep: 5}}]} | not from both",
        "{data: sampled, source: {path: q}, steps: [{random: {keep: 5}}]} | source has no effect with data: sampled",
    })
    void whatHasNoEffectOrCannotBeIsRefused(String settings, String message) {
        List<String> problems = Examples.problems(HEAD + "  - select: " + settings + "\n");
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.get(0).contains(message), problems.toString());
    }

    @Test
    void stagesThatLearnFromTheRowsKnowWhatTheyAre() {
        String select = "  - select: {steps: [{random: {keep: 5}}]}\n";
        assertEquals(1, Examples.problems(HEAD + select + "  - sft: {eval_every: 2}\n").stream().filter(p -> p.contains("eval_every needs held-out rows")).count());
        assertEquals(List.of(), Examples.problems(HEAD.replace("path: s", "path: s, held_out: 0.1") + select + "  - sft: {eval_every: 2}\n"));
        assertEquals(1, Examples.problems(HEAD + select + "  - sft: {data: both}\n").stream().filter(p -> p.contains("would be there twice")).count());
    }
}
