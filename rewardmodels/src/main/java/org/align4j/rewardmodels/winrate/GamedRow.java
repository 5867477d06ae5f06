package org.align4j.rewardmodels.winrate;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.UserException;

/**
 * A judgement of the baseline asked to be short or verbose against itself: the model is the same, so what moves its win rate is length. Such rows, weighted low, keep the length term
 * from being fitted to what is quality.
 *
 * @param preference   that the changed baseline's answer is better, 0 to 1
 * @param stdDeltaLen  the baseline's length less the changed one's, in standard deviations
 * @param difficulty   γ of the instruction
 */
public record GamedRow(double preference, double stdDeltaLen, double difficulty) {
    public GamedRow {
        if (!(preference >= 0 && preference <= 1) || !Double.isFinite(stdDeltaLen) || !Double.isFinite(difficulty)) {
            throw new IllegalArgumentException("a preference from 0 to 1 and finite numbers are needed, found " + preference + ", " + stdDeltaLen + " and " + difficulty);
        }
    }

    /**
     * Reads a CSV file with the columns {@code preference}, {@code std_delta_len} and {@code instruction_difficulty}.
     *
     * @throws UserException for a file that cannot be read, with the line that is wrong
     */
    public static List<GamedRow> read(Path file) {
        return CsvTable.read(file).lines().stream().map(GamedRow::of).toList();
    }

    private static GamedRow of(CsvTable.Line line) {
        try {
            return new GamedRow(line.number("preference"), line.number("std_delta_len"), line.number("instruction_difficulty"));
        } catch (IllegalArgumentException e) {
            throw new UserException(line.where() + ": " + e.getMessage() + ".", e);
        }
    }
}
