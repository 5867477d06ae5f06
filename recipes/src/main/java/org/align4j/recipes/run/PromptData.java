package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.Group;
import org.align4j.core.data.HeldOut;
import org.align4j.core.data.Location;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.data.TextGroup;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.recipes.recipe.HeldOutSize;
import org.align4j.rewardmodels.sampling.Prompt;

/**
 * Prompts to sample answers for.
 *
 * @param prompts in the order of the files
 * @param heldOut those of rows that are held out
 * @param reports what happened to the rows of every file
 */
public record PromptData(List<Prompt> prompts, List<Prompt> heldOut, Map<Path, DataReport> reports) {

    /**
     * Reads the prompts of a source; those of rows it holds out stand apart.
     *
     * @param room       tokens a prompt may have
     * @param references whether prompts need their reference answers
     * @param field      the field that holds them; none for the usual fields, and for a row without one its best response
     */
    public static PromptData load(DataSource source, ModelSession session, int room, boolean references, Optional<String> field, long seed) {
        Map<Path, DataReport> reports = new LinkedHashMap<>();
        List<Prompt> all = new ArrayList<>();
        for (Path file : source.path()) {
            TextEncoder encoder = Encoders.orIds(session, file);
            DataSettings settings = StageData.settings(TaskKind.PROMPT, source, session).withMaxLength(Math.min(room, source.maxLength().orElse(room)), source.onOverflow());
            Dataset data = new DataLoader(settings).load(file, encoder);
            reports.put(file, data.report());
            Map<Location, List<TextGroup>> answered = references && data.report().format().serves(TaskKind.DEMONSTRATION)
                    ? answered(new DataLoader(settings.withTask(TaskKind.DEMONSTRATION)).read(file).groups()) : Map.of();
            Map<Location, String> fields = references ? ReferenceAnswers.read(file, field) : Map.of();
            for (Dataset.PromptRow row : data.prompts()) {
                String answer = fields.get(row.at());
                all.add(new Prompt(row.text(), row.ids(), answer != null ? answer : reference(answered.getOrDefault(row.at(), List.of()), row, encoder)));
            }
        }
        List<Prompt> rows = source.limit().map(n -> all.subList(0, Math.min(n, all.size()))).orElse(all);
        HeldOut<Prompt> split = split(rows, source.heldOut(), seed);
        if (split.train().isEmpty()) {
            throw new UserException("There is no prompt left to sample from in " + source.path() + ". Hold out fewer rows, or give other prompts.");
        }
        return new PromptData(split.train(), split.heldOut(), reports);
    }

    /** Splits as the rows of the same source are split for training. */
    static HeldOut<Prompt> split(List<Prompt> prompts, HeldOutSize size, long seed) {
        if (size.isNone()) {
            return new HeldOut<>(prompts, List.of());
        }
        return size.fraction() > 0 ? HeldOut.byFraction(prompts, PromptData::key, size.fraction(), seed) : HeldOut.byCount(prompts, PromptData::key, size.count(), seed);
    }

    private static PromptKey key(Prompt p) {
        return PromptKey.of(new Group(null, p.ids(), List.of(new Group.Response(new int[0], Double.NaN, null, false))));
    }

    private static Map<Location, List<TextGroup>> answered(List<TextGroup> groups) {
        Map<Location, List<TextGroup>> by = new HashMap<>();
        groups.forEach(g -> by.computeIfAbsent(g.at(), k -> new ArrayList<>()).add(g));
        return by;
    }

    /** The response of the row's group with this prompt: a row may give several. */
    private static String reference(List<TextGroup> groups, Dataset.PromptRow row, TextEncoder encoder) {
        return groups.stream().filter(g -> PromptKey.of(g).equals(PromptKey.of(row.text()))).findFirst().map(g -> text(g.responses().get(0).text(), encoder)).orElse(null);
    }

    static String text(Text response, TextEncoder encoder) {
        if (response instanceof Text.Plain p) {
            return p.text();
        }
        return response instanceof Text.Ids ids ? encoder.decode(ids.ids()) : ((Text.Chat) response).messages().get(0).content();
    }
}
