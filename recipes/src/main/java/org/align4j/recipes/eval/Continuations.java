package org.align4j.recipes.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.core.data.DataReader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Message;
import org.align4j.core.data.Row;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.recipes.recipe.DataSource;

/** Questions and the texts that may follow them, whose likelihood is wanted: without the end token, so that a text counts by its own words. */
final class Continuations {
    private Continuations() {}

    /** Rows of the files of a source, as many as its limit says. */
    static void rows(DataSource source, Consumer<Row> each) {
        long left = source.limit().orElse(Integer.MAX_VALUE);
        for (Path file : source.path()) {
            try (DataReader reader = new DataReader(file)) {
                for (Row row = reader.next(); row != null && left > 0; row = reader.next(), left--) {
                    each.accept(row);
                }
            }
        }
    }

    /**
     * A prompt and its continuations as tokens; null where one is longer than the model takes and such rows are to be left out.
     *
     * @param texts each begins a word: a space is put before it where the prompt is plain text
     */
    static Group group(Location at, String prompt, List<String> texts, DataSource source, Subject subject) {
        boolean chat = source.rendering() == DataSettings.Rendering.CHAT;
        TextEncoder encoder = subject.encoder();
        Text asked = chat ? new Text.Chat(List.of(new Message("user", prompt))) : new Text.Plain(prompt);
        int[] ids = null;
        List<Group.Response> responses = new ArrayList<>();
        for (String text : texts) {
            Encoding e = encoder.encode(asked, chat ? new Text.Chat(List.of(new Message("assistant", text))) : new Text.Plain(" " + text));
            int[] own = e.ended() ? Arrays.copyOf(e.response(), e.response().length - 1) : e.response();
            if (own.length == 0) {
                throw new UserException(at + ": an answer has no token, so that it has no likelihood. Leave empty answers out.");
            }
            ids = e.prompt();
            responses.add(new Group.Response(own, Double.NaN, null, false));
        }
        return fit(new Group(at, ids, responses), source, subject);
    }

    private static Group fit(Group g, DataSource source, Subject subject) {
        int most = source.maxLength().orElse(subject.session().config().maxPositions());
        int longest = g.prompt().length + g.responses().stream().mapToInt(r -> r.ids().length).max().orElseThrow();
        if (longest <= most) {
            return g;
        }
        if (source.onOverflow() == DataSettings.OnOverflow.DROP) {
            return null;
        }
        throw new UserException(g.at() + ": question and answer together have " + longest + " tokens, more than the " + most + " that " + subject.name()
                + " takes. Shorten or remove the row, or set on_overflow: drop.");
    }
}
