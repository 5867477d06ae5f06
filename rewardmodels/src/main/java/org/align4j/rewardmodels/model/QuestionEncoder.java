package org.align4j.rewardmodels.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Location;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;

/** Turns questions into tokens, answers closed by the end token unless they were cut. */
final class QuestionEncoder {
    private final TextEncoder encoder;
    private final ModelConfig config;
    private final boolean readsIds;

    /**
     * @param encoder  null for a model without a tokenizer: then prompts and answers must be ids
     * @param readsIds whether an answer's tokens, where it has some, are taken in place of its text though the prompt is text
     */
    QuestionEncoder(TextEncoder encoder, ModelConfig config, boolean readsIds) {
        this.encoder = encoder;
        this.config = config;
        this.readsIds = readsIds;
    }

    Group encode(Question q, int number) {
        Location at = new Location("question", number + 1L);
        int[] prompt = null;
        List<Group.Response> responses = new ArrayList<>();
        for (int i = 0; i < q.answers().size(); i++) {
            Encoding e = encode(q.prompt(), q.answers().get(i), at);
            if (prompt != null && !Arrays.equals(prompt, e.prompt())) {
                throw new UserException("The prompt of question " + (number + 1) + " is not the same tokens before answer " + (i + 1)
                        + " as before the first: the tokenizer or the chat template joins prompt and answer. Ask about each answer by itself.");
            }
            prompt = e.prompt();
            checked(at, "prompt", e.prompt());
            checked(at, "answer " + (i + 1), e.response());
            responses.add(new Group.Response(e.response(), Double.NaN, null, e.ended()));
            int length = e.prompt().length + e.response().length;
            if (length > config.maxPositions()) {
                throw new UserException("Answer " + (i + 1) + " of question " + (number + 1) + " has " + length + " tokens with its prompt; the reward model was made for at most "
                        + config.maxPositions() + ". Shorten the prompt or the answer.");
            }
        }
        if (prompt.length == 0) {
            throw new UserException("The prompt of question " + (number + 1) + " has no token; it needs at least one.");
        }
        return new Group(at, prompt, responses);
    }

    private Encoding encode(Text prompt, Answer a, Location at) {
        boolean ids = prompt instanceof Text.Ids;
        if (ids || readsIds && a.ids() != null && encoder != null) {
            if (a.ids() == null) {
                throw new UserException("The prompt of " + at + " is token ids, but an answer has none. Give both as ids or both as text.");
            }
            return new Encoding(ids ? ((Text.Ids) prompt).ids() : encoder.encodePrompt(prompt), a.ids(), a.ended());
        }
        if (encoder == null) {
            throw new UserException("The reward model has no tokenizer.json, so that prompts and answers must be token ids; " + at + " is text.");
        }
        Encoding e = encoder.encode(prompt, new Text.Plain(a.text()));
        return a.ended() || !e.ended() ? e : new Encoding(e.prompt(), Arrays.copyOf(e.response(), e.response().length - 1), false);
    }

    private void checked(Location at, String what, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= config.vocabSize()) {
                throw new UserException("The " + what + " of " + at + " holds the token " + id + "; the reward model's vocabulary is 0 to " + (config.vocabSize() - 1)
                        + ". Were the ids made by another tokenizer?");
            }
        }
    }
}
