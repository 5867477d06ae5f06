package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.ResponseLoader;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.FinishReason;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.SampledAnswer;

/**
 * Answers to choose from, out of data files: rows with the same prompt belong together.
 *
 * @param answers of every prompt
 * @param leftOut rows and responses that cannot be used, each with its reason
 */
record CandidateData(List<Prompt> prompts, List<List<SampledAnswer>> answers, List<String> leftOut) {

    static CandidateData load(DataSource source, ModelSession session) {
        Map<List<Integer>, Prompt> prompts = new LinkedHashMap<>();
        Map<List<Integer>, List<SampledAnswer>> answers = new LinkedHashMap<>();
        List<String> leftOut = new ArrayList<>();
        for (Path file : source.path()) {
            TextEncoder encoder = Encoders.orIds(session, file);
            DataFormat format = source.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(source.format().name());
            ResponseLoader.Items items = new ResponseLoader(format, encoder, source.maxLength().orElse(session.config().maxPositions())).load(file);
            leftOut.addAll(items.leftOut());
            for (ResponseLoader.Item item : items.items()) {
                List<Integer> key = java.util.Arrays.stream(item.group().prompt()).boxed().toList();
                prompts.putIfAbsent(key, new Prompt(item.text().prompt(), item.group().prompt(), null));
                var response = item.group().responses().get(0);
                answers.computeIfAbsent(key, k -> new ArrayList<>()).add(new SampledAnswer(PromptData.text(item.text().responses().get(0).text(), encoder), response.ids(),
                        Double.NaN, response.ended() ? FinishReason.STOP_TOKEN : FinishReason.LENGTH, Double.NaN));
            }
        }
        return new CandidateData(List.copyOf(prompts.values()), List.copyOf(answers.values()), leftOut);
    }
}
