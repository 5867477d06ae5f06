package org.align4j.rewardmodels.winrate;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;

/**
 * How hard each instruction is for models compared with the baseline: γ_x of the generalised linear model, less for instructions on which the baseline is stronger.
 *
 * @param byInstruction γ by the instruction's key
 */
public record InstructionDifficulty(Map<String, Double> byInstruction) {
    public InstructionDifficulty {
        byInstruction = Collections.unmodifiableMap(new LinkedHashMap<>(byInstruction));
        byInstruction.forEach((key, value) -> {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("difficulties must be finite, found " + value + " for " + key);
            }
        });
    }

    /**
     * Reads a CSV file with the columns {@code index} (or {@code instruction}) and {@code instruction_difficulty}.
     *
     * @throws UserException for a file that cannot be read, with the line that is wrong
     */
    public static InstructionDifficulty read(Path file) {
        Map<String, Double> all = new LinkedHashMap<>();
        for (CsvTable.Line line : CsvTable.read(file).lines()) {
            String key = line.fields().containsKey("instruction") ? line.text("instruction") : line.text("index");
            double value = line.number("instruction_difficulty");
            if (!Double.isFinite(value)) {
                throw new UserException(line.where() + ": instruction_difficulty must be finite, found " + value + ".");
            }
            if (all.put(key, value) != null) {
                throw new UserException(line.where() + ": the instruction " + key + " stands twice.");
            }
        }
        return new InstructionDifficulty(all);
    }

    /**
     * Fits all models together, ψ being 1: logit P = θ_m + φ_m · tanh(Δ ÷ sd_m(Δ)) + γ_x, by maximum likelihood with ½ · ridge · Σ γ² (a normal law of γ). As in
     * <a href="https://arxiv.org/abs/2404.04475">Dubois et al. (2024)</a>, section 3, who do so once for all models of their leaderboard. Only instructions that several models were
     * judged on tell much: with few models the ridge keeps γ small.
     *
     * @param judgements of several models against one baseline
     * @param ridge      more than 0; 1 is a normal law of standard deviation 1
     */
    public static InstructionDifficulty fit(List<Judgement> judgements, double ridge) {
        if (!(ridge > 0 && Double.isFinite(ridge))) {
            throw new IllegalArgumentException("the ridge must be more than 0, found " + ridge);
        }
        return new JointFit(judgements, ridge).difficulty();
    }

    /** γ of an instruction. */
    public double of(String instruction) {
        Double value = byInstruction.get(instruction);
        if (value == null) {
            throw new UserException("There is no difficulty for the instruction " + quoted(instruction)
                    + ". Difficulties go by the instruction's key in the judgements; give one for each, or none at all.");
        }
        return value;
    }

    private static String quoted(String text) {
        return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
    }
}
