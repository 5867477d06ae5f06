package org.align4j.rewardmodels.annotator;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.io.AtomicFiles;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.evaluate.Agreement;
import org.align4j.rewardmodels.evaluate.Vote;
import org.align4j.rewardmodels.internal.PromptText;
import tools.jackson.databind.json.JsonMapper;

/** Preference pairs of simulated annotators as JSON Lines that training reads: {@code prompt, chosen, rejected}, and under {@code meta} where they came from. */
public final class AnnotatedPairs {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private AnnotatedPairs() {}

    /**
     * What was written, and how annotators and gold agree.
     *
     * @param pairs      rows written
     * @param ties       questions left out because their answers are identical
     * @param goldAgreed share of rows whose chosen answer has the higher gold reward, equal ones ½
     * @param coins      rows whose label is a coin's
     */
    public record Summary(long pairs, long ties, double goldAgreed, long coins) {}

    /** Labels each question by one annotator and writes the pairs; ties are left out and counted. */
    public static Summary write(Path file, AnnotatorPool pool, List<Question> questions) {
        List<Annotation> annotations = pool.annotate(questions);
        long[] counts = new long[3];
        double[] agreed = new double[1];
        AtomicFiles.write(file, out -> {
            BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (int i = 0; i < annotations.size(); i++) {
                Annotation a = annotations.get(i);
                if (a.choice() == Annotation.Choice.TIE) {
                    counts[1]++;
                    continue;
                }
                boolean first = a.choice() == Annotation.Choice.FIRST;
                Map<String, Object> meta = new LinkedHashMap<>();
                meta.put("annotator", a.annotator());
                meta.put("coin", a.coin());
                meta.put("gold_margin", first ? a.goldMargin() : -a.goldMargin());
                meta.put("pool", pool.digest());
                row(lines, questions.get(i), first, "meta", meta);
                counts[0]++;
                counts[2] += a.coin() ? 1 : 0;
                agreed[0] += a.goldMargin() == 0 ? 0.5 : a.goldMargin() > 0 == first ? 1 : 0;
            }
            lines.flush();
        });
        return new Summary(counts[0], counts[1], agreed[0] / counts[0], counts[2]);
    }

    /**
     * Writes every annotator's vote on every question, for evaluation: chosen is the answer that more of them preferred (the first of equals), and
     * {@code votes} an object from annotator to vote. Identical answers are left out.
     */
    public static void writeVotes(Path file, AnnotatorPool pool, List<Question> questions) {
        List<List<Annotation>> all = pool.annotateByAll(questions);
        AtomicFiles.write(file, out -> {
            BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            for (int i = 0; i < all.size(); i++) {
                long forFirst = all.get(i).stream().filter(a -> a.choice() == Annotation.Choice.FIRST).count();
                boolean first = 2 * forFirst >= all.get(i).size();
                if (all.get(i).get(0).choice() != Annotation.Choice.TIE) {
                    row(lines, questions.get(i), first, "votes", votes(all.get(i), first));
                }
            }
            lines.flush();
        });
    }

    private static Map<String, Object> votes(List<Annotation> annotations, boolean first) {
        Map<String, Object> votes = new LinkedHashMap<>();
        annotations.forEach(a -> votes.put(a.annotator(), vote(a, first).word()));
        return votes;
    }

    private static Vote vote(Annotation a, boolean first) {
        return a.choice() == Annotation.Choice.TIE ? Vote.TIE : a.choice() == Annotation.Choice.FIRST == first ? Vote.CHOSEN : Vote.REJECTED;
    }

    /** Share of pairs of annotators who agree, over questions. */
    public static double agreement(List<List<Annotation>> byAll) {
        return Agreement.pairwise(byAll.stream().map(l -> l.stream().map(a -> vote(a, true)).toList()).toList());
    }

    private static void row(BufferedWriter lines, Question question, boolean first, String name, Map<String, Object> more) throws IOException {
        Answer chosen = question.answers().get(first ? 0 : 1);
        Answer rejected = question.answers().get(first ? 1 : 0);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("prompt", prompt(question.prompt()));
        row.put("chosen", chosen.text());
        row.put("rejected", rejected.text());
        row.put(name, more);
        lines.write(MAPPER.writeValueAsString(row));
        lines.newLine();
    }

    private static Object prompt(Text prompt) {
        if (!(prompt instanceof Text.Chat chat)) {
            return PromptText.of(prompt);
        }
        return chat.messages().stream().map(AnnotatedPairs::message).toList();
    }

    private static Map<String, String> message(Message m) {
        Map<String, String> out = new LinkedHashMap<>();
        out.put("role", m.role());
        out.put("content", m.content());
        return out;
    }
}
