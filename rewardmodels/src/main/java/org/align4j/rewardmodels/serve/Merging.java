package org.align4j.rewardmodels.serve;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** Puts answers to equal prompts under one question and equal answers into one, so that each is computed once. */
final class Merging {
    /** Token ids are compared by content. */
    private record Prompt(Object text, String reference) {}

    private record Said(String text, IntBuffer ids, boolean ended) {}

    private final Map<Prompt, Map<Said, List<Job.Unit>>> prompts = new LinkedHashMap<>();
    private int distinct;

    Merging(List<Job.Unit> units) {
        for (Job.Unit u : units) {
            Answer a = u.text();
            List<Job.Unit> same = prompts.computeIfAbsent(new Prompt(key(u.asked().prompt()), u.asked().reference()), k -> new LinkedHashMap<>())
                    .computeIfAbsent(new Said(a.text(), a.ids() == null ? null : IntBuffer.wrap(a.ids()), a.ended()), k -> new ArrayList<>());
            distinct += same.isEmpty() ? 1 : 0;
            same.add(u);
        }
    }

    private static Object key(Text prompt) {
        return prompt instanceof Text.Ids ids ? IntBuffer.wrap(ids.ids()) : prompt;
    }

    /** Different answers. */
    int distinct() {
        return distinct;
    }

    /** One question for every different prompt, with its different answers. */
    List<Question> questions() {
        List<Question> all = new ArrayList<>();
        for (Map<Said, List<Job.Unit>> answers : prompts.values()) {
            Question asked = answers.values().iterator().next().get(0).asked();
            all.add(new Question(asked.prompt(), answers.values().stream().map(same -> same.get(0).text()).toList(), asked.reference()));
        }
        return all;
    }

    /** The units behind every answer of {@link #questions}, in that order. */
    List<List<List<Job.Unit>>> units() {
        List<List<List<Job.Unit>>> all = new ArrayList<>();
        prompts.values().forEach(answers -> all.add(List.copyOf(answers.values())));
        return all;
    }
}
