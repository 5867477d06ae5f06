package org.align4j.core.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.DataException;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;

/**
 * Encodes texts and conversations for one model. The concatenated sequence is by definition prompt ids ++ response ids.
 *
 * <p>Plain text: the prompt begins with the beginning-of-text token where the tokenizer adds one (and the text does not
 * begin with it already); the response ends with the end-of-text token where the model has one.
 *
 * <p>Conversations: the prompt is the template's text with the generation prompt, the response is what the template's
 * text of the whole conversation adds to it, up to and including the end-of-turn token; what templates print after that
 * token (a newline, say) is left out, since a model stops there. A template of the model's own, or from a file, writes the
 * beginning-of-text token itself; for the built-in templates it is added as for plain text. A template that marks no end
 * of turn gets the end-of-text token there.
 *
 * <p>Ids pass through unchanged. Errors: {@link DataException}, {@link org.align4j.core.text.jinja.TemplateException}.
 */
public final class ModelTextEncoder implements TextEncoder {
    /** How published models spell the token that ends a turn or a text. */
    private static final Set<String> END_NAMES = Set.of("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "<end_of_turn>",
            "<turn|>", "<|end|>", "<|return|>", "<|eot|>", "<|END_OF_TURN_TOKEN|>", "<|end_of_turn|>", "<|endofturn|>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "</s>");
    private final HfTokenizer tokenizer;
    private final ChatTemplate template;
    private final Continuation continuation;
    private final Set<Integer> ends = new TreeSet<>();

    /**
     * @param tokenizer the model's tokenizer, owned by the caller
     * @param template  how conversations are written, or null when the model has no chat template: then they are refused
     */
    public ModelTextEncoder(HfTokenizer tokenizer, ChatTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.continuation = new Continuation(tokenizer);
        ends.addAll(tokenizer.eosIds());
        tokenizer.addedTokens().forEach((text, id) -> {
            if (END_NAMES.contains(text)) {
                ends.add(id);
            }
        });
    }

    @Override
    public Encoding encode(Text prompt, Text response) {
        if (prompt instanceof Text.Plain p && response instanceof Text.Plain r) {
            int[] ids = tokenizer.encode(p.text());
            return ended(withBos(ids), continuation.encode(p.text(), ids, r.text()));
        }
        if (prompt instanceof Text.Ids p && response instanceof Text.Ids r) {
            int[] ids = checked(r.ids());
            return new Encoding(checked(p.ids()), ids, endsTurn(ids));
        }
        if (prompt instanceof Text.Chat p && response instanceof Text.Chat r) {
            return chat(p.messages(), r.messages());
        }
        if (prompt instanceof Text.Chat p && response instanceof Text.Plain r) {
            return chat(p.messages(), List.of(new Message("assistant", r.text())));
        }
        throw new DataException("A prompt of " + kind(prompt) + " must be answered in the same form, found a response of " + kind(response)
                + ". Write both as plain text, both as messages, or both as token ids.");
    }

    @Override
    public int[] encodePrompt(Text prompt) {
        if (prompt instanceof Text.Plain p) {
            return withBos(tokenizer.encode(p.text()));
        }
        if (prompt instanceof Text.Ids p) {
            return checked(p.ids());
        }
        return chatBos(tokenizer.encode(render(((Text.Chat) prompt).messages(), true)));
    }

    @Override
    public String decode(int[] ids) {
        return tokenizer.decode(ids, true);
    }

    @Override
    public int vocabularySize() {
        return tokenizer.vocabularySize();
    }

    /** Identity of what text becomes: SHA-256 of the tokenizer's files as they are now, and the name of the chat template. */
    public String digest() {
        return tokenizer.digest() + (template == null ? "" : " " + template.name());
    }

    /** Ids that end a response: generation stops at any of them. */
    public Set<Integer> endIds() {
        return java.util.Collections.unmodifiableSet(ends);
    }

    /** Ids below {@code vocabulary} that end a response in an encoder's texts, which a model's config.json need not name; none where the encoder knows of none. */
    public static Set<Integer> endIds(TextEncoder encoder, int vocabulary) {
        Set<Integer> ids = new TreeSet<>();
        if (encoder instanceof ModelTextEncoder text) {
            text.ends.stream().filter(id -> id < vocabulary).forEach(ids::add);
        }
        return ids;
    }

    private Encoding chat(List<Message> prompt, List<Message> response) {
        if (response.isEmpty()) {
            throw new DataException("A response of messages needs at least one message, found none.");
        }
        String promptText = render(prompt, true);
        List<Message> all = new ArrayList<>(prompt);
        all.addAll(response);
        String text = render(all, false);
        if (!text.startsWith(promptText)) {
            throw new DataException(mismatch(promptText, text));
        }
        int[] ids = tokenizer.encode(promptText);
        int[] continued = continuation.encode(promptText, ids, text.substring(promptText.length()));
        return ended(chatBos(ids), cutAfterEnd(continued));
    }

    private String render(List<Message> messages, boolean addGenerationPrompt) {
        if (template == null) {
            throw new DataException("The data holds messages, but the model in " + tokenizer.directory() + " has no chat template. Set chat_template in the"
                    + " recipe: the path of a template file, or one of the built-in " + String.join(", ", BuiltInTemplates.SOURCES.keySet()) + ".");
        }
        return template.render(messages, addGenerationPrompt).text();
    }

    private String mismatch(String prompt, String text) {
        int i = 0;
        while (i < Math.min(prompt.length(), text.length()) && prompt.charAt(i) == text.charAt(i)) {
            i++;
        }
        return "The chat template " + template.name() + " must write a conversation so that it begins with the text of its prompt, but at character " + i
                + " the prompt goes on with \"" + excerpt(prompt, i) + "\" and the whole conversation with \"" + excerpt(text, i)
                + "\" (some templates open or drop a thinking part, or merge turns). Set chat_template in the recipe to a copy of the template without this.";
    }

    private static String excerpt(String text, int from) {
        String part = text.substring(from, Math.min(text.length(), from + 30));
        return part.replace("\n", "\\n");
    }

    /** Leaves out white space the template prints after the last end-of-turn token. */
    private int[] cutAfterEnd(int[] ids) {
        int last = ids.length - 1;
        while (last >= 0 && !ends.contains(ids[last])) {
            last--;
        }
        if (last < 0 || !tokenizer.decode(Arrays.copyOfRange(ids, last + 1, ids.length), false).isBlank()) {
            return ids;
        }
        return Arrays.copyOf(ids, last + 1);
    }

    private Encoding ended(int[] prompt, int[] response) {
        if (endsTurn(response)) {
            return new Encoding(prompt, response, true);
        }
        OptionalInt eos = tokenizer.eosId();
        if (eos.isEmpty()) {
            return new Encoding(prompt, response, false);
        }
        int[] closed = Arrays.copyOf(response, response.length + 1);
        closed[response.length] = eos.getAsInt();
        return new Encoding(prompt, closed, true);
    }

    private boolean endsTurn(int[] ids) {
        return ids.length > 0 && ends.contains(ids[ids.length - 1]);
    }

    private int[] chatBos(int[] ids) {
        return template.writesBos() ? ids : withBos(ids);
    }

    private int[] withBos(int[] ids) {
        if (!tokenizer.addBosToken() || (ids.length > 0 && ids[0] == tokenizer.bosId().getAsInt())) {
            return ids;
        }
        int[] out = new int[ids.length + 1];
        out[0] = tokenizer.bosId().getAsInt();
        System.arraycopy(ids, 0, out, 1, ids.length);
        return out;
    }

    private int[] checked(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabularySize()) {
                throw new DataException("Token id " + ids[i] + " at position " + i + " is not in the model's vocabulary, whose ids are 0 to "
                        + (vocabularySize() - 1) + ". Were the ids made by another tokenizer?");
            }
        }
        return ids.clone();
    }

    private static String kind(Text text) {
        return text instanceof Text.Plain ? "plain text" : text instanceof Text.Chat ? "messages" : "token ids";
    }
}
