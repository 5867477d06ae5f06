package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Text;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.ifeval.Instruction;
import org.align4j.rewardmodels.ifeval.InstructionPrompt;
import org.align4j.rewardmodels.sampling.Prompt;
import org.align4j.rewardmodels.sampling.SampledAnswer;
import org.align4j.rewardmodels.sampling.SampledPrompt;

/**
 * IFEval (<a href="https://arxiv.org/abs/2311.07911">Zhou et al., 2023</a>): the share of answers that follow all instructions of their prompt, and the share of instructions
 * that are followed, each strictly and loosely ({@link Instruction}).
 */
record FollowedInstructions(EvalSpec.Ifeval spec) implements EvalWork {

    /** Prompts with the instructions they give. */
    private record Asked(List<Prompt> prompts, List<InstructionPrompt> instructions) {}

    @Override
    public String look(Subject subject) {
        return Sampling.words(asked(subject).prompts().size(), spec.answers());
    }

    private Asked asked(Subject subject) {
        Map<PromptKey, Deque<InstructionPrompt>> known = new HashMap<>();
        for (Path file : spec.prompts().path()) {
            InstructionPrompt.File read = InstructionPrompt.read(file, spec.leaveOut());
            read.prompts().forEach(p -> known.computeIfAbsent(PromptKey.of(new Text.Plain(p.prompt())), k -> new ArrayDeque<>()).add(p));
            read.without().forEach((id, n) -> subject.listener().message("Left out " + n + " prompts of " + file.getFileName() + " with " + id));
        }
        List<Prompt> asked = new ArrayList<>();
        List<InstructionPrompt> instructions = new ArrayList<>();
        for (Prompt p : Sampling.prompts(spec, spec.prompts(), spec.answers(), false, Optional.empty(), subject)) {
            Deque<InstructionPrompt> own = known.getOrDefault(PromptKey.of(p.text()), new ArrayDeque<>());
            if (!own.isEmpty()) {
                asked.add(p);
                instructions.add(own.remove());
            }
        }
        if (asked.isEmpty()) {
            throw new UserException("No prompt of " + spec.prompts().path() + " has instructions that can be verified and fits into " + subject.name() + ".");
        }
        return new Asked(asked, instructions);
    }

    @Override
    public List<Item> measure(Subject subject) {
        Asked asked = asked(subject);
        List<Item> items = new ArrayList<>();
        Losses.Ids ids = new Losses.Ids();
        Sampling.answers(asked.prompts(), spec.answers(), subject).forEach(p -> {
            String id = Sampling.id(p.prompt(), ids);
            for (int a = 0; a < p.answers().size(); a++) {
                items.add(item(a == 0 ? id : id + "/" + (a + 1), Losses.key(p.prompt().text()), p, p.answers().get(a), asked.instructions().get(p.index()).instructions()));
            }
        });
        return items;
    }

    private static Item item(String id, String group, SampledPrompt p, SampledAnswer answer, List<Instruction> instructions) {
        double n = instructions.size();
        double strict = instructions.stream().filter(i -> i.strict(answer.text())).count();
        double loose = instructions.stream().filter(i -> i.loose(answer.text())).count();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("instructions", n);
        values.put("followed_strict", strict);
        values.put("followed_loose", loose);
        values.put("all_strict", strict == n ? 1.0 : 0);
        values.put("all_loose", loose == n ? 1.0 : 0);
        values.put("ended", answer.ended() ? 1.0 : 0);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("prompt", Sampling.text(p.prompt()));
        texts.put("answer", answer.text());
        texts.put("instructions", String.join(", ", instructions.stream().map(Instruction::id).toList()));
        return new Item(id, group, values, texts);
    }

    @Override
    public List<Estimator> estimators(Bootstrap bootstrap) {
        return List.of(Ratio.share("prompt_strict", "all_strict", true), Ratio.share("prompt_loose", "all_loose", true),
                Ratio.shareOf("instruction_strict", "followed_strict", "instructions"), Ratio.shareOf("instruction_loose", "followed_loose", "instructions"),
                Ratio.share("ended", "ended", true));
    }
}
