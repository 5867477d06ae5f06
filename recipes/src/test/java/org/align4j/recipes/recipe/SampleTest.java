package org.align4j.recipes.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.rewardmodels.sampling.Ranking;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of sample stages: defaults, what they make, and what is refused. */
class SampleTest {
    private static final String HEAD = "name: x\nmodel: {path: m}\ndata: {sft: {path: s}}\nstages:\n";

    private static Sample stage(String text) {
        return (Sample) Examples.parse(HEAD + "  - sample: " + text + "\n").stages().get(0);
    }

    @Test
    void theDefaultsAreThoseOfRso() {
        Sample s = stage("{reward: final_answer, keep: rso, samples: 64}");
        assertEquals(SamplingOptions.plain(128).withTemperature(0.7).withTopK(40), s.sampling().options());
        assertEquals(new KeepSpec.Rso(8, 0.5, Ranking.FIRST_ROUND), s.keep());
        assertEquals(Optional.of(DataKind.COMPARISONS), s.makes());
        assertEquals(8, stage("{reward: final_answer, keep: best_of_n}").samples().orElseThrow());
        assertEquals(1, stage("{reward: final_answer, keep: s3ft, temperature: 0}").samples().orElseThrow());
        assertEquals(Optional.of(DataKind.DEMONSTRATIONS), stage("{keep: grape}").makes());
    }

    @Test
    void whatIsRightIsWhatARuleGives() {
        assertEquals(Optional.of(10.0), stage("{reward: final_answer, keep: steps}").rightAt());
        assertEquals(Optional.of(1.0), stage("{reward: {exact_match: {right: 1}}, keep: steps}").rightAt());
        assertEquals(Optional.of(0.5), stage("{reward: {judge: {path: j}}, keep: {steps: {right_at: 0.5}}}").rightAt());
    }

    @Test
    void everyFormIsReadAndWritten() {
        Recipe r = Examples.parse(Examples.SAMPLING);
        assertEquals(r, Examples.parse(RecipeWriter.write(r)));
        assertEquals(12, r.stages().size());
        RewardSpec ensemble = ((Sample) r.stages().get(4)).reward().orElseThrow();
        assertEquals(List.of("Ensemble", "Ranker", "Judge", "LengthPenalised", "Regex"), ensemble.parts().map(p -> p.getClass().getSimpleName()).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{keep: best_of_n} | needs reward",
        "{reward: final_answer, keep: grape} | reward has no effect with keep grape",
        "{reward: final_answer, keep: {rso: {accept: 9}}} | cannot accept 9 answers out of samples 8",
        "{reward: final_answer, keep: lists, samples: 1} | one answer to a prompt cannot be compared",
        "{reward: final_answer, keep: best_of_n, temperature: 0} | 8 samples at temperature 0 would all be the same",
        "{reward: {judge: {path: j}}, keep: steps} | cannot be told from which reward on",
        "{reward: {ranker: {path: j}}, keep: {s3ft: {right_at: 1}}, temperature: 0} | comparison with the other answers",
        "{candidates: {path: c}, samples: 3, keep: grape} | samples has no effect with candidates",
        "{reward: {ranker: {path: j, against: smaple}}, keep: best_of_n} | did you mean 'sample'?",
        "{reward: stage, keep: best_of_n} | no reward stage before is there",
        "{reward: {stage: {name: 4-reward}}, keep: best_of_n} | no reward stage before is 4-reward",
        "{reward: {regex: {pattern: x, hole: true}}, keep: best_of_n} | did you mean 'whole'?",
        "{reward: {exact_match: {right: 0}}, keep: best_of_n} | right must be more than wrong",
        "{reward: {ensemble: {of: [exact_match], weights: [1]}}, keep: best_of_n} | weights has no effect without combine: sum",
        "{reward: {length: {most: 2, least: 3}}, keep: best_of_n} | most must be at least least",
        "{reward: final_answer, keep: {steps: {step_end: 'x*'}}} | step_end must not match nothing",
        "{reward: final_answer, keep: best_of} | did you mean 'best_of_n'?",
    })
    void whatHasNoEffectOrCannotBeIsRefused(String settings, String message) {
        List<String> problems = Examples.problems(HEAD + "  - sample: " + settings + "\n");
        assertEquals(1, problems.size(), problems.toString());
        assertTrue(problems.get(0).contains(message), problems.toString());
    }

    @Test
    void aStageWithoutPromptsIsRefused() {
        List<String> problems = Examples.problems("name: x\nmodel: {path: m}\nstages:\n  - sample: {reward: final_answer, keep: best_of_n}\n");
        assertEquals(List.of("recipe.yaml:4:5: the sample stage has no prompts; add data.prompts, or give it prompts"), problems);
    }
}
