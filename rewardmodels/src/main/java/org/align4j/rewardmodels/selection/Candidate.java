package org.align4j.rewardmodels.selection;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.data.TextGroup;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/**
 * A row that may be selected: a prompt with its responses, as text and as the tokens a model is trained on.
 *
 * @param prompt     as it was read
 * @param promptText the same in one string; decoded where it was tokens
 * @param responses  the responses in text, one for each of the group's; decoded where they were tokens
 * @param group      all of it as tokens; not copied, must not change
 * @param reference  the correct answer, for rewards that check against one; null where it is not known
 */
public record Candidate(Text prompt, String promptText, List<String> responses, Group group, String reference) {
    public Candidate {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(promptText, "promptText");
        responses = List.copyOf(responses);
        if (responses.size() != group.responses().size()) {
            throw new IllegalArgumentException("A row has as many responses in text as in tokens, found " + responses.size() + " and " + group.responses().size());
        }
    }

    /**
     * A row out of a data file.
     *
     * @param encoder   what tokens say, where the file holds tokens
     * @param reference null where it is not known
     */
    public static Candidate of(TextGroup text, Group group, TextEncoder encoder, String reference) {
        List<String> responses = new ArrayList<>();
        text.responses().forEach(r -> responses.add(text(r.text(), encoder)));
        return new Candidate(text.prompt(), text(text.prompt(), encoder), responses, group, reference);
    }

    /** A text in one string: turns one after the other, an empty line between them, without their roles. */
    public static String text(Text text, TextEncoder encoder) {
        if (text instanceof Text.Plain p) {
            return p.text();
        }
        return text instanceof Text.Ids ids ? encoder.decode(ids.ids()) : String.join("\n\n", ((Text.Chat) text).messages().stream().map(Message::content).toList());
    }

    /** Where it was read. */
    public Location at() {
        return group.at();
    }

    /** The index of the response with the highest score, the first of equals: the chosen one of a pair. */
    public int best() {
        int best = 0;
        for (int i = 1; i < responses.size(); i++) {
            if (group.responses().get(i).score() > group.responses().get(best).score()) {
                best = i;
            }
        }
        return best;
    }

    /** A part in one string. */
    public String text(Part part) {
        String response = responses.get(best());
        return part == Part.RESPONSE ? response : part == Part.PROMPT ? promptText : promptText + "\n\n" + response;
    }

    /** The tokens of a part. */
    public int[] ids(Part part) {
        int[] p = part == Part.RESPONSE ? new int[0] : group.prompt();
        int[] r = part == Part.PROMPT ? new int[0] : group.responses().get(best()).ids();
        int[] all = java.util.Arrays.copyOf(p, p.length + r.length);
        System.arraycopy(r, 0, all, p.length, r.length);
        return all;
    }

    /** As rewards take it: some of its responses, by index. */
    public Question question(int... indices) {
        List<Answer> answers = new ArrayList<>();
        for (int i : indices) {
            answers.add(new Answer(responses.get(i), group.responses().get(i).ids(), group.responses().get(i).ended()));
        }
        return new Question(prompt, answers, reference);
    }

    /** A number that follows from its tokens and nothing else. */
    public long key() {
        return ByteBuffer.wrap(digest(List.of(this))).getLong();
    }

    /** SHA-256 of the texts and tokens of rows in their order. */
    static byte[] digest(List<Candidate> rows) {
        MessageDigest d = Digests.newDigest();
        for (Candidate c : rows) {
            update(d, c.group.prompt());
            d.update(c.promptText.getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < c.responses.size(); i++) {
                update(d, c.group.responses().get(i).ids());
                d.update(c.responses.get(i).getBytes(StandardCharsets.UTF_8));
            }
            d.update(("\n" + c.reference + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return d.digest();
    }

    private static void update(MessageDigest d, int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length + 4).putInt(ids.length);
        for (int id : ids) {
            bytes.putInt(id);
        }
        d.update(bytes.array());
    }
}
