package org.align4j.core.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;

/** Tokenises groups, checks the ids and obeys {@code max_length}. */
final class GroupEncoder {
    private final DataSettings settings;
    private final TextEncoder encoder;
    private final Tally tally;
    private final List<Group> groups = new ArrayList<>();
    private final List<Dataset.PromptRow> prompts = new ArrayList<>();

    GroupEncoder(DataSettings settings, TextEncoder encoder, Tally tally) {
        this.settings = settings;
        this.encoder = encoder;
        this.tally = tally;
    }

    List<Group> groups() {
        return groups;
    }

    List<Dataset.PromptRow> prompts() {
        return prompts;
    }

    void add(TextGroup text) {
        if (settings.task() == TaskKind.PROMPT) {
            addPrompt(text);
            return;
        }
        checkOwnIds(text);
        int[] prompt = null;
        List<Group.Response> responses = new ArrayList<>(text.responses().size());
        for (TextGroup.Response r : text.responses()) {
            Encoding e = encode(text, r);
            check(text.at(), "prompt", e.prompt());
            check(text.at(), "response", e.response());
            if (prompt != null && !Arrays.equals(prompt, e.prompt())) {
                tally.drop(DropReason.PROMPT_DIFFERS, text.at());
                return;
            }
            prompt = e.prompt();
            responses.add(new Group.Response(e.response(), r.score(), r.label(), e.ended()));
        }
        Group group = filled(new Group(text.at(), prompt, responses), text);
        group = group == null ? null : fit(group);
        if (group != null) {
            tally.keptGroup(group);
            groups.add(group);
        }
    }

    private void addPrompt(TextGroup text) {
        checkOwnIds(text);
        int[] ids;
        try {
            ids = encoder.encodePrompt(text.prompt());
        } catch (UserException e) {
            throw located(text, e);
        }
        check(text.at(), "prompt", ids);
        if (ids.length == 0) {
            tally.drop(DropReason.EMPTY_PROMPT, text.at());
            return;
        }
        int max = settings.maxLength();
        if (max > 0 && ids.length > max) {
            switch (settings.onOverflow()) {
                case ERROR -> throw new DataException(text.at() + ": the prompt has " + ids.length + " tokens, max_length is " + max + remedy());
                case TRUNCATE_PROMPT -> {
                    ids = Arrays.copyOfRange(ids, ids.length - max, ids.length);
                    tally.truncated(text.at(), 1, 0, 0);
                }
                case DROP, TRUNCATE_RESPONSE -> {
                    tally.drop(settings.onOverflow() == DataSettings.OnOverflow.DROP ? DropReason.OVER_LONG : DropReason.NO_ROOM, text.at());
                    return;
                }
            }
        }
        tally.keptPrompt(ids);
        prompts.add(new Dataset.PromptRow(text.at(), text.prompt(), ids));
    }

    private Encoding encode(TextGroup text, TextGroup.Response r) {
        try {
            return encoder.encode(text.prompt(), r.text());
        } catch (UserException e) {
            throw located(text, e);
        }
    }

    private static DataException located(TextGroup text, UserException e) {
        return new DataException(text.at() + ": " + e.getMessage(), e);
    }

    /** Ids from the file are checked before an encoder sees them. */
    private void checkOwnIds(TextGroup text) {
        if (text.prompt() instanceof Text.Ids ids) {
            check(text.at(), "prompt", ids.ids());
        }
        for (TextGroup.Response r : text.responses()) {
            if (r.text() instanceof Text.Ids ids) {
                check(text.at(), "response", ids.ids());
            }
        }
    }

    private void check(Location at, String what, int[] ids) {
        int n = encoder.vocabularySize();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= n) {
                throw new DataException(at + ": token " + i + " of the " + what + " is the id " + ids[i] + ", outside the vocabulary of " + n
                        + " (0 to " + (n - 1) + "). Do the ids belong to this model's tokenizer?");
            }
        }
    }

    /** Drops groups without tokens. Running text has no prompt: its first token becomes the prompt, for nothing can predict it. */
    private Group filled(Group g, TextGroup text) {
        for (Group.Response r : g.responses()) {
            if (r.ids().length == 0) {
                tally.drop(DropReason.EMPTY_RESPONSE, g.at());
                return null;
            }
        }
        if (g.prompt().length > 0) {
            return g;
        }
        Group.Response only = g.responses().get(0);
        if (g.responses().size() == 1 && text.prompt() instanceof Text.Plain && only.ids().length > 1) {
            return new Group(g.at(), new int[] {only.ids()[0]}, List.of(only.part(1, only.ids().length)));
        }
        tally.drop(DropReason.EMPTY_PROMPT, g.at());
        return null;
    }

    private Group fit(Group g) {
        int longest = 0;
        for (Group.Response r : g.responses()) {
            longest = Math.max(longest, r.ids().length);
        }
        int max = settings.maxLength();
        if (max == 0 || g.prompt().length + longest <= max) {
            return g;
        }
        return switch (settings.onOverflow()) {
            case ERROR -> throw new DataException(g.at() + ": prompt (" + g.prompt().length + " tokens) and response (" + longest + ") together have "
                    + (g.prompt().length + longest) + " tokens, max_length is " + max + remedy());
            case DROP -> drop(DropReason.OVER_LONG, g);
            case TRUNCATE_PROMPT -> cutPrompt(g, max - longest);
            case TRUNCATE_RESPONSE -> cutResponses(g, max - g.prompt().length);
        };
    }

    private static String remedy() {
        return ". Raise max_length, or set on_overflow to drop, truncate_prompt or truncate_response.";
    }

    private Group drop(DropReason reason, Group g) {
        tally.drop(reason, g.at());
        return null;
    }

    private Group cutPrompt(Group g, int room) {
        if (room < 1) {
            return drop(DropReason.NO_ROOM, g);
        }
        tally.truncated(g.at(), 1, 0, 0);
        return new Group(g.at(), Arrays.copyOfRange(g.prompt(), g.prompt().length - room, g.prompt().length), g.responses());
    }

    private Group cutResponses(Group g, int room) {
        if (room < 1) {
            return drop(DropReason.NO_ROOM, g);
        }
        List<Group.Response> cut = new ArrayList<>();
        int n = 0;
        int ends = 0;
        for (Group.Response r : g.responses()) {
            if (r.ids().length <= room) {
                cut.add(r);
            } else {
                n++;
                ends += r.ended() ? 1 : 0;
                cut.add(r.part(0, room));
            }
        }
        if (settings.identical() != DataSettings.Policy.KEEP && (cut.size() == 2 || settings.target()) && Arrays.equals(cut.get(0).ids(), cut.get(1).ids())) {
            // what told the two apart was cut away
            tally.identical();
            return drop(DropReason.IDENTICAL, g);
        }
        tally.truncated(g.at(), 0, n, ends);
        return new Group(g.at(), g.prompt(), cut);
    }
}
