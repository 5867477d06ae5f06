package org.align4j.rewardmodels.ifeval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.evaluate.Interval;
import org.align4j.rewardmodels.evaluate.Rate;

/**
 * IFEval's four accuracies, and those of each instruction.
 *
 * @param strict responses as they are ({@link Instruction#strict})
 * @param loose  with what chat models add forgiven ({@link Instruction#loose})
 */
public record InstructionAccuracy(Level strict, Level loose) {

    /**
     * One way of looking at responses.
     *
     * @param prompts      share of prompts all of whose instructions are followed
     * @param instructions share of instructions that are, all together; its interval by the bootstrap over prompts, as instructions of one prompt go together
     * @param followed     for every prompt, which of its instructions are
     * @param byId         share of each instruction, in alphabetical order of ids
     */
    public record Level(Rate prompts, Interval instructions, List<List<Boolean>> followed, Map<String, Rate> byId) {
        public Level {
            followed = followed.stream().map(List::copyOf).toList();
            byId = Collections.unmodifiableMap(new LinkedHashMap<>(byId));
        }
    }

    /**
     * Of responses, one for each prompt.
     *
     * @throws IllegalArgumentException without prompts, or when there is not a response for each
     */
    public static InstructionAccuracy of(List<InstructionPrompt> prompts, List<String> responses, Bootstrap bootstrap) {
        if (prompts.isEmpty() || prompts.size() != responses.size()) {
            throw new IllegalArgumentException("each of one or more prompts needs a response, found " + prompts.size() + " prompts and " + responses.size() + " responses");
        }
        return new InstructionAccuracy(level(prompts, responses, bootstrap, Instruction::strict), level(prompts, responses, bootstrap, Instruction::loose));
    }

    private static Level level(List<InstructionPrompt> prompts, List<String> responses, Bootstrap bootstrap, BiPredicate<Instruction, String> follows) {
        List<List<Boolean>> followed = new ArrayList<>();
        Map<String, List<Boolean>> byId = new TreeMap<>();
        double[] hits = new double[prompts.size()];
        double[] counts = new double[prompts.size()];
        long all = 0;
        for (int p = 0; p < hits.length; p++) {
            List<Boolean> outcome = new ArrayList<>();
            for (Instruction instruction : prompts.get(p).instructions()) {
                boolean hit = follows.test(instruction, responses.get(p));
                outcome.add(hit);
                byId.computeIfAbsent(instruction.id(), k -> new ArrayList<>()).add(hit);
                hits[p] += hit ? 1 : 0;
            }
            counts[p] = outcome.size();
            all += hits[p] == counts[p] ? 1 : 0;
            followed.add(outcome);
        }
        Interval instructions = bootstrap.of(hits.length, draw -> {
            double hit = 0;
            double count = 0;
            for (int i : draw) {
                hit += hits[i];
                count += counts[i];
            }
            return hit / count;
        }).interval();
        Map<String, Rate> rates = new LinkedHashMap<>();
        byId.forEach((id, list) -> rates.put(id, new Rate(list.stream().filter(h -> h).count(), list.size())));
        return new Level(new Rate(all, hits.length), instructions, followed, rates);
    }
}
