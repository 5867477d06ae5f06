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
import org.align4j.core.data.DataReader;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Dataset;
import org.align4j.core.data.HeldOut;
import org.align4j.core.data.Location;
import org.align4j.core.data.PromptKey;
import org.align4j.core.data.Row;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.TextEncoder;
import org.align4j.recipes.recipe.DataSource;
import org.align4j.rewardmodels.online.OnlinePrompt;
import tools.jackson.databind.JsonNode;

/**
 * Prompts that a policy is to answer, with the correct answers where the rows have them.
 *
 * @param train   prompts that are learned from
 * @param heldOut prompts kept for evaluation; no prompt stands on both sides
 * @param reports what happened to the rows of every file
 */
record OnlinePrompts(List<OnlinePrompt> train, List<OnlinePrompt> heldOut, Map<Path, DataReport> reports) {
    /** Where correct answers usually stand. */
    private static final List<String> FIELDS = List.of("answer", "reference", "solution", "ground_truth");

    /**
     * Reads the prompts of a recipe.
     *
     * @param field the field of the correct answer, or nothing for the usual ones
     * @param room  tokens to be left for the response
     */
    static OnlinePrompts load(DataSource source, Optional<String> field, ModelSession session, int room, long seed) {
        Map<Path, DataReport> reports = new LinkedHashMap<>();
        List<OnlinePrompt> all = new ArrayList<>();
        for (Path file : source.path()) {
            TextEncoder encoder = session.encoder() != null ? session.encoder() : new IdsOnly(session.config().vocabSize(), file);
            Dataset d = new DataLoader(settings(source, session, room)).load(file, encoder);
            reports.put(file, d.report());
            Map<Location, String> answers = answers(file, field);
            d.prompts().forEach(p -> all.add(new OnlinePrompt(p.at(), p.text(), p.ids(), answers.get(p.at()))));
        }
        List<OnlinePrompt> some = source.limit().map(n -> all.subList(0, Math.min(n, all.size()))).orElse(all);
        if (source.heldOut().isNone()) {
            return new OnlinePrompts(some, List.of(), reports);
        }
        HeldOut<OnlinePrompt> split = source.heldOut().fraction() > 0 ? HeldOut.byFraction(some, p -> PromptKey.of(p.text()), source.heldOut().fraction(), seed)
                : HeldOut.byCount(some, p -> PromptKey.of(p.text()), source.heldOut().count(), seed);
        if (split.train().isEmpty()) {
            throw new UserException("No prompt is left to learn from: all of " + source.path() + " are held out. Hold out fewer.");
        }
        return new OnlinePrompts(split.train(), split.heldOut(), reports);
    }

    private static DataSettings settings(DataSource source, ModelSession session, int room) {
        int longest = source.maxLength().orElse(session.config().maxPositions() - room);
        if (longest < 1) {
            throw new UserException("Responses of up to " + room + " tokens leave no room for a prompt in the " + session.config().maxPositions()
                    + " positions of the model. Lower max_new_tokens.");
        }
        return DataSettings.of(TaskKind.PROMPT)
                .withFormat(source.format() == org.align4j.recipes.recipe.FormatChoice.AUTO ? null : org.align4j.core.data.DataFormat.valueOf(source.format().name()))
                .withRendering(source.rendering())
                .withTools(source.tools())
                .withColumns(source.columns())
                .withTurns(source.turns())
                .withMaxLength(longest, source.onOverflow())
                .withDuplicates(source.duplicates());
    }

    /** The correct answers of a file's rows, as they stand in a field of their own. */
    static Map<Location, String> answers(Path file, Optional<String> field) {
        List<String> fields = field.map(List::of).orElse(FIELDS);
        Map<Location, String> found = new HashMap<>();
        try (DataReader reader = new DataReader(file)) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
                for (String name : fields) {
                    JsonNode value = row.fields().get(name);
                    if (value != null && value.isValueNode() && !value.isNull()) {
                        found.put(row.at(), value.asString());
                        break;
                    }
                }
                if (field.isPresent() && !found.containsKey(row.at())) {
                    throw new UserException(row.where() + ": the field '" + field.get() + "', which answer_field names, holds no text or number; the row has the fields "
                            + row.fields().propertyNames() + ".");
                }
            }
        }
        return found;
    }
}
