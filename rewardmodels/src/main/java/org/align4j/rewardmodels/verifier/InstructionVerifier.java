package org.align4j.rewardmodels.verifier;

import org.align4j.rewardmodels.ifeval.Instruction;
import org.align4j.rewardmodels.ifeval.InstructionPrompt;

/**
 * Right as far as the prompt's verifiable instructions are followed: the score is the share of them. The reference answer is a JSON object with IFEval's {@code instruction_id_list} and
 * {@code kwargs}.
 *
 * @param loose whether what chat models add around an answer is forgiven ({@link Instruction#loose})
 * @param all   whether the score is 1 where all instructions are followed and 0 else
 */
public record InstructionVerifier(boolean loose, boolean all) implements Verifier {

    @Override
    public Verdict verify(String prompt, String response, String answer) {
        double share = InstructionPrompt.instructions(answer).stream().mapToDouble(i -> (loose ? i.loose(response) : i.strict(response)) ? 1 : 0).average().orElseThrow();
        return new Verdict(all && share < 1 ? 0 : share, true);
    }
}
