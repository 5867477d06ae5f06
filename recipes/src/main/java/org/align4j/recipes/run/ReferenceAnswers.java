package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.Location;
import org.align4j.core.data.Row;
import tools.jackson.databind.JsonNode;

/** Correct answers that stand in a field of their own. */
final class ReferenceAnswers {
    /** Where they usually stand. */
    private static final List<String> FIELDS = List.of("answer", "reference", "solution", "ground_truth");

    private ReferenceAnswers() {}

    /**
     * Those of a file's rows.
     *
     * @param field the field, or nothing for the usual ones
     * @throws UserException when a field is named and a row has nothing in it
     */
    static Map<Location, String> read(Path file, Optional<String> field) {
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
