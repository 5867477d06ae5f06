package org.align4j.rewardmodels.serve;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** Finds what several requests have in common, so that it is computed once. */
final class Merging {
    /** Token ids are compared by content. */
    private record Prompt(Object text, String reference) {
        static Prompt of(Question q) {
            return new Prompt(q.prompt() instanceof Text.Ids ids ? IntBuffer.wrap(ids.ids()) : q.prompt(), q.reference());
        }
    }

    private record Said(String text, IntBuffer ids, boolean ended) {
        static List<Said> of(List<Answer> answers) {
            return answers.stream().map(a -> new Said(a.text(), a.ids() == null ? null : IntBuffer.wrap(a.ids()), a.ended())).toList();
        }
    }

    private Merging() {}

    /** Equal parts: the same prompt with the same answers in the same order. */
    static List<List<Job.Part>> equal(List<Job.Part> parts) {
        Map<List<Object>, List<Job.Part>> all = new LinkedHashMap<>();
        parts.forEach(p -> all.computeIfAbsent(List.of(Prompt.of(p.asked()), Said.of(p.answers())), k -> new ArrayList<>()).add(p));
        return List.copyOf(all.values());
    }

    /** Groups of equal parts brought together by their prompts. */
    static List<List<List<Job.Part>>> byPrompt(List<List<Job.Part>> groups) {
        Map<Prompt, List<List<Job.Part>>> all = new LinkedHashMap<>();
        groups.forEach(same -> all.computeIfAbsent(Prompt.of(same.get(0).asked()), k -> new ArrayList<>()).add(same));
        return List.copyOf(all.values());
    }

    /** The question of parts with one prompt: all their answers. */
    static Question question(List<List<Job.Part>> groups) {
        Question asked = groups.get(0).get(0).asked();
        return new Question(asked.prompt(), groups.stream().flatMap(same -> same.get(0).answers().stream()).toList(), asked.reference());
    }
}
