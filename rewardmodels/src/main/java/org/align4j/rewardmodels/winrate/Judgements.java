package org.align4j.rewardmodels.winrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.UserException;

/**
 * What a file of judgements says.
 *
 * @param list     those with a preference, in the file's order
 * @param without  rows whose preference is missing or not a number: left out, as AlpacaEval does
 */
public record Judgements(List<Judgement> list, long without) {
    public Judgements {
        list = List.copyOf(list);
    }

    /**
     * Reads a file: CSV if its name ends in {@code .csv}, else JSON Lines or one JSON array, possibly compressed by gzip. Columns or fields, other ones being passed over:
     *
     * <table>
     * <caption>Fields of a row</caption>
     * <tr><th>Field</th><th>Meaning</th></tr>
     * <tr><td>{@code instruction}, else {@code prompt}</td><td>a text or number</td></tr>
     * <tr><td>{@code model}, else {@code generator_2}</td><td>whose answer is judged</td></tr>
     * <tr><td>{@code baseline}, else {@code generator_1}</td><td>whose it is compared with; {@code baseline} where there is no such field</td></tr>
     * <tr><td>{@code probability}</td><td>that the model's answer is the better one, 0 to 1</td></tr>
     * <tr><td>{@code preference}</td><td>in its place AlpacaEval's number: 1 for the baseline, 2 for the model, between them 1 + the probability; 0 and 1.5 are ties</td></tr>
     * <tr><td>{@code model_chars}, {@code baseline_chars}</td><td>lengths in characters; or</td></tr>
     * <tr><td>{@code output_2}, {@code output_1}</td><td>the answers of model and baseline</td></tr>
     * </table>
     *
     * @throws UserException for a file that cannot be read, with the row and field that is wrong
     */
    public static Judgements read(Path file) {
        return JudgementReader.read(file);
    }

    /** By model, in the order in which models first appear. */
    public Map<String, List<Judgement>> byModel() {
        return list.stream().collect(Collectors.groupingBy(Judgement::model, LinkedHashMap::new, Collectors.toList()));
    }

    /**
     * Judgements made in both orders of the two answers as one each: those of the same instruction and the same two models become one with the mean of their preferences, so that a
     * judge's liking for the first place cancels. Where the second order has model and baseline exchanged it is turned round. In the order in which they first appear; who is the model,
     * and the lengths, are those of the first.
     */
    public static List<Judgement> averaged(List<Judgement> judgements) {
        Map<List<String>, List<Judgement>> same = new LinkedHashMap<>();
        for (Judgement j : judgements) {
            List<String> turned = List.of(j.instruction(), j.baseline(), j.model());
            if (same.containsKey(turned)) {
                same.get(turned).add(j.turned());
            } else {
                same.computeIfAbsent(List.of(j.instruction(), j.model(), j.baseline()), k -> new ArrayList<>()).add(j);
            }
        }
        return same.values().stream().map(Judgements::mean).toList();
    }

    private static Judgement mean(List<Judgement> same) {
        Judgement first = same.get(0);
        double mean = same.stream().mapToDouble(Judgement::preference).sum() / same.size();
        return new Judgement(first.instruction(), first.model(), first.baseline(), mean, first.lengths());
    }
}
