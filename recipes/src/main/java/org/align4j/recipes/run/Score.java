package org.align4j.recipes.run;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataFormat;
import org.align4j.core.data.Message;
import org.align4j.core.data.ResponseLoader;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextGroup;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.serve.Ranking;
import org.align4j.rewardmodels.serve.RewardScorer;
import org.align4j.rewardmodels.serve.ServiceException;
import org.align4j.rewardmodels.serve.ServiceOptions;
import tools.jackson.databind.json.JsonMapper;

/** Scores the responses of the command line or of a file. */
final class Score {
    /** Questions handed over together; each is computed by itself. */
    private static final int AT_ONCE = 16;
    private static final int SHOWN = 10;

    private Score() {}

    static void run(Commands.ScoreRequest request, Terminal terminal) {
        ServiceOptions options = ServiceOptions.DEFAULT.withMaxTokens(Integer.MAX_VALUE);
        try (RewardScorer scorer = RewardScorer.over(ServedReward.of(request.reward()).service().apply(options))) {
            if (request.data().isPresent()) {
                file(request, scorer, terminal);
            } else {
                one(request, scorer, terminal.out());
            }
        }
    }

    private static void one(Commands.ScoreRequest request, RewardScorer scorer, PrintWriter out) {
        String prompt = request.prompt().orElseThrow();
        Text text = request.chat() ? new Text.Chat(List.of(new Message("user", prompt))) : new Text.Plain(prompt);
        double[] scores = scores(scorer, List.of(new Question(text, request.responses().stream().map(Answer::of).toList(), request.reference().orElse(null))), List.of("--prompt")).get(0);
        Ranking ranking = Ranking.of(scores);
        if (request.json()) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("scores", scores);
            line.put("ranking", ranking.order());
            line.put("probabilities", ranking.probabilities());
            line.put("model", scorer.name());
            line.put("digest", scorer.digest());
            out.println(JsonMapper.shared().writeValueAsString(line));
            return;
        }
        for (int i : ranking.order()) {
            out.printf(Locale.ROOT, "%s\t%s%n", scores[i], request.responses().get(i).replaceAll("\\s+", " "));
        }
    }

    private static void file(Commands.ScoreRequest request, RewardScorer scorer, Terminal terminal) {
        DataFormat format = request.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(request.format().name());
        List<String> leftOut = new ArrayList<>();
        List<TextGroup> groups = ResponseLoader.texts(format, request.data().get(), leftOut);
        if (request.out().isEmpty()) {
            write(groups, scorer, terminal.out(), terminal);
            terminal.out().flush();
        } else {
            Path out = request.out().get();
            if (out.toAbsolutePath().normalize().equals(request.data().get().toAbsolutePath().normalize())) {
                throw new UserException("--out is the data file itself, which would be lost. Choose another --out.");
            }
            AtomicFiles.write(out, stream -> {
                BufferedWriter lines = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
                write(groups, scorer, lines, terminal);
                lines.flush();
            });
            terminal.err().printf("Wrote the scores of the responses to %,d prompts to %s%n", groups.size(), out);
        }
        leftOut.stream().limit(SHOWN).forEach(r -> terminal.err().println("Left out " + r));
        if (leftOut.size() > SHOWN) {
            terminal.err().println("Left out " + (leftOut.size() - SHOWN) + " more");
        }
    }

    private static void write(List<TextGroup> groups, RewardScorer scorer, Writer out, Terminal terminal) {
        try (ProgressBar progress = new ProgressBar(terminal.err())) {
            progress.stage("score", 0, groups.size());
            for (int from = 0; from < groups.size(); from += AT_ONCE) {
                List<TextGroup> some = groups.subList(from, Math.min(groups.size(), from + AT_ONCE));
                List<double[]> scores = scores(scorer, some.stream().map(Score::question).toList(), some.stream().map(g -> g.at().toString()).toList());
                for (int i = 0; i < some.size(); i++) {
                    Map<String, Object> line = new LinkedHashMap<>();
                    line.put("row", some.get(i).at().row());
                    line.put("scores", scores.get(i));
                    out.write(JsonMapper.shared().writeValueAsString(line) + "\n");
                }
                progress.update(new ProgressBar.Update(from + some.size(), 0, Double.NaN, Double.NaN));
            }
            progress.endStage();
        } catch (IOException e) {
            throw new UserException("The scores cannot be written: " + e.getMessage() + ".", e);
        }
    }

    private static Question question(TextGroup group) {
        return new Question(group.prompt(), group.responses().stream().map(r -> answer(group, r.text())).toList(), null);
    }

    private static Answer answer(TextGroup group, Text text) {
        if (text instanceof Text.Plain p) {
            return Answer.of(p.text());
        }
        if (text instanceof Text.Ids ids) {
            return new Answer("", ids.ids(), true);
        }
        List<Message> messages = ((Text.Chat) text).messages();
        if (messages.size() != 1 || !messages.get(0).role().equals("assistant")) {
            throw new UserException(group.at() + ": a response must be one message of the assistant, found " + messages.size() + " messages, the first of '"
                    + (messages.isEmpty() ? "" : messages.get(0).role()) + "'. Put earlier turns into the prompt.");
        }
        return Answer.of(messages.get(0).content());
    }

    private static List<double[]> scores(RewardScorer scorer, List<Question> questions, List<String> where) {
        List<double[]> all = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            try {
                all.addAll(scorer.score(List.of(questions.get(i))));
            } catch (ServiceException e) {
                if (e.kind() == ServiceException.Kind.UNSCORABLE) {
                    throw new UserException(where.get(i) + (e.answer() < 0 ? "" : ", response " + e.answer()) + ": " + e.getMessage(), e);
                }
                throw e;
            }
        }
        return all;
    }
}
