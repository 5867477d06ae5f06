package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Location;
import org.align4j.core.data.ResponseLoader;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.FinishReason;
import org.align4j.recipes.recipe.DataSource;
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
        Set<Location> rows = new HashSet<>();
        int most = source.maxLength().orElse(session.config().maxPositions());
        for (Path file : source.path()) {
            TextEncoder encoder = Encoders.orIds(session, file);
            ResponseLoader.Items items = new ResponseLoader(StageData.settings(TaskKind.DEMONSTRATION, source, session), encoder).load(file);
            leftOut.addAll(items.leftOut());
            for (ResponseLoader.Item item : items.items()) {
                rows.add(item.at());
                if (source.limit().map(n -> rows.size() > n).orElse(false)) {
                    break;
                }
                if (item.group().tokens() > most) {
                    leftOut.add(tooLong(item, most, source.onOverflow()));
                    continue;
                }
                List<Integer> key = Arrays.stream(item.group().prompt()).boxed().toList();
                prompts.putIfAbsent(key, new Prompt(item.text().prompt(), item.group().prompt(), null));
                var response = item.group().responses().get(0);
                answers.computeIfAbsent(key, k -> new ArrayList<>()).add(new SampledAnswer(PromptData.text(item.text().responses().get(0).text(), encoder), response.ids(),
                        Double.NaN, response.ended() ? FinishReason.STOP_TOKEN : FinishReason.LENGTH, Double.NaN));
            }
        }
        if (prompts.isEmpty()) {
            throw new UserException("There is no candidate to choose from in " + source.path() + (leftOut.isEmpty() ? "" : "; the first left out is " + leftOut.get(0)) + ". Give other rows.");
        }
        return new CandidateData(List.copyOf(prompts.values()), List.copyOf(answers.values()), leftOut);
    }

    /** A candidate is taken whole or not at all. */
    private static String tooLong(ResponseLoader.Item item, int most, DataSettings.OnOverflow onOverflow) {
        String what = item.at() + ", response " + item.response() + ": " + item.group().tokens() + " tokens with its prompt, more than " + most;
        if (onOverflow != DataSettings.OnOverflow.DROP) {
            throw new UserException(what + ". Set on_overflow: drop on candidates to leave such answers out, or raise max_length.");
        }
        return what;
    }
}
