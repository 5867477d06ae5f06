package org.align4j.rewardmodels.ranker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Group;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;

/**
 * Asks a language model which of two words follows a text: the probability of the first word's next token among the two. Tokens with which both words
 * begin are taken as part of the text.
 */
final class WordChoice {
    /** Tokens computed together. */
    private static final int BATCH_TOKENS = 4096;

    private final JudgeModel judge;
    private final String yes;
    private final String no;

    WordChoice(JudgeModel judge, JudgeTemplate template) {
        this.judge = judge;
        this.yes = template.yes();
        this.no = template.no();
    }

    private record Asked(int[] ids, int yes, int no) {}

    /**
     * P(yes) ÷ (P(yes) + P(no)) after each text.
     *
     * @param run how many neighbours are expected to share more than all do
     */
    double[] yes(List<String> texts, int run) {
        List<Asked> asked = texts.stream().map(this::encode).toList();
        List<Group> groups = SharedPrefixes.of(asked.stream().map(Asked::ids).toList(), run, asked.get(0).yes(), BATCH_TOKENS);
        double[] out = new double[texts.size()];
        int done = 0;
        int from = 0;
        while (from < groups.size()) {
            int to = from + 1;
            int tokens = groups.get(from).tokens();
            while (to < groups.size() && tokens + groups.get(to).tokens() <= BATCH_TOKENS) {
                tokens += groups.get(to++).tokens();
            }
            done = answers(groups.subList(from, to), asked, done, out);
            from = to;
        }
        return out;
    }

    private Asked encode(String text) {
        Text prompt = judge.chat() ? new Text.Chat(List.of(new Message("user", text))) : new Text.Plain(text);
        Encoding a = judge.encoder().encode(prompt, word(text, yes));
        Encoding b = judge.encoder().encode(prompt, word(text, no));
        int same = Arrays.mismatch(a.response(), b.response());
        if (same < 0 || same >= Math.min(a.response().length, b.response().length)) {
            throw new UserException("The judge's words \"" + yes + "\" and \"" + no + "\" must differ in a token, but " + judge.name()
                    + " writes one as the beginning of the other. Choose other words.");
        }
        int[] ids = Arrays.copyOf(a.prompt(), a.prompt().length + same);
        System.arraycopy(a.response(), 0, ids, a.prompt().length, same);
        return new Asked(ids, a.response()[same], b.response()[same]);
    }

    private Text word(String text, String word) {
        return judge.chat() ? new Text.Chat(List.of(new Message("assistant", word))) : new Text.Plain(JudgeTemplate.continuing(text, word));
    }

    private int answers(List<Group> groups, List<Asked> asked, int done, double[] out) {
        PackedBatch batch = PackedBatch.of(groups);
        List<Integer> rows = new ArrayList<>();
        for (int g = 0; g < groups.size(); g++) {
            List<Group.Response> responses = groups.get(g).responses();
            for (int r = 0; r < responses.size(); r++) {
                rows.add(batch.rows()[batch.starts()[g][r] + responses.get(r).ids().length - 1]);
            }
        }
        float[] logits = judge.model().logits(batch, rows.stream().mapToInt(i -> i).toArray());
        int vocabulary = logits.length / rows.size();
        for (int i = 0; i < rows.size(); i++, done++) {
            double difference = (double) logits[i * vocabulary + asked.get(done).yes()] - logits[i * vocabulary + asked.get(done).no()];
            if (!Double.isFinite(difference)) {
                throw new UserException("The judge " + judge.name() + " gives logits that are not finite. Check the model.");
            }
            out[done] = 1 / (1 + Math.exp(-difference));
        }
        return done;
    }
}
