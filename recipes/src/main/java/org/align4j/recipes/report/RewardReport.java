package org.align4j.recipes.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.data.DataReport;
import org.align4j.core.data.Text;
import org.align4j.recipes.report.internal.EvaluationJson;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.report.internal.Page;
import org.align4j.recipes.report.internal.RewardPictures;
import org.align4j.recipes.report.internal.RewardTables;
import org.align4j.recipes.report.internal.Tree;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.ScoredItem;
import org.align4j.rewardmodels.evaluate.Strengths;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * The evaluation of a reward, for readers ({@code report.html}, one file that needs no network, no scripts and no other file) and for programs
 * ({@code evaluation.json}).
 *
 * @param reward     the reward's name
 * @param digest     its identity
 * @param data       what became of every row of the data file
 * @param items      what was scored
 * @param evaluation of them
 * @param mistakes   the pairs the reward is most wrong about, the worst first
 */
public record RewardReport(String reward, String digest, DataReport data, List<ScoredItem> items, PreferenceEvaluation evaluation, List<Mistake> mistakes) {
    private static final int MISTAKES = 6;
    private static final int SHOWN = 700;
    private static final String BY_LENGTH = "A reward that goes by length is right where the chosen answer is the longer one, and wrong where it is not."
            + " Within a tenth: lengths are about equal.";

    public RewardReport {
        Objects.requireNonNull(reward, "reward");
        Objects.requireNonNull(digest, "digest");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(evaluation, "evaluation");
        items = List.copyOf(items);
        mistakes = List.copyOf(mistakes);
    }

    /** A pair whose worse answer has the higher score. */
    public record Mistake(String prompt, String chosen, String rejected, double chosenScore, double rejectedScore) {}

    /** The report of a reward on data it has scored. */
    public static RewardReport of(Reward reward, PreferenceItems data, List<ScoredItem> scored) {
        return new RewardReport(reward.name(), reward.digest(), data.report(), scored, PreferenceEvaluation.of(scored), mistakes(data, scored));
    }

    private static List<Mistake> mistakes(PreferenceItems data, List<ScoredItem> scored) {
        List<Mistake> all = new ArrayList<>();
        for (int i = 0; i < scored.size(); i++) {
            ScoredItem item = scored.get(i);
            Question question = data.items().get(i).question();
            for (ScoredItem.Pair p : item.pairs()) {
                if (item.margin(p) < 0 && !(question.prompt() instanceof Text.Ids)) {
                    all.add(new Mistake(PromptText.of(question.prompt()), question.answers().get(p.better()).text(), question.answers().get(p.worse()).text(),
                            item.scores()[p.better()], item.scores()[p.worse()]));
                }
            }
        }
        return all.stream().sorted(Comparator.comparingDouble(m -> m.chosenScore() - m.rejectedScore())).limit(MISTAKES).toList();
    }

    /** Writes both files. */
    public void write(Path directory) {
        AtomicText.write(directory.resolve("evaluation.json"), Json.pretty(json()));
        AtomicText.write(directory.resolve("report.html"), html());
    }

    /** What {@code evaluation.json} holds. Numbers that are not defined are null. */
    public Map<String, Object> json() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("reward", Map.of("name", reward, "digest", digest));
        m.put("data", data.toMap());
        m.putAll(EvaluationJson.of(evaluation));
        return m;
    }

    /** One sentence. */
    public String summary() {
        Rate a = evaluation.accuracy();
        return "The reward orders " + percent(a.value()) + " of " + Numbers.of(a.n()) + " pairs as the annotators did (95 % interval " + percent(a.low()) + " to " + percent(a.high())
                + "; a coin gives 50 %).";
    }

    /** The page. */
    public String html() {
        Html h = Page.open("Evaluation of a reward", summary());
        h.raw("<p class=\"small soft\">").text(reward + " on " + data.file()).raw("</p>\n");
        Page.section(h, "results", "Results");
        RewardTables.summary(h, evaluation);
        h.raw("</section>\n");
        Page.section(h, "pictures", "Pictures");
        h.raw("<div class=\"charts few\">\n");
        RewardPictures.scores(h, items);
        RewardPictures.reliability(h, evaluation.calibration());
        RewardPictures.lengths(h, items);
        RewardPictures.bars(h, "By length", RewardTables.byLength(evaluation.length()), BY_LENGTH);
        if (!evaluation.strengths().isEmpty()) {
            RewardPictures.bars(h, "By strength of preference", strengths(evaluation.strengths()), "By how much annotators found the chosen answer better.");
        }
        if (!evaluation.subsets().isEmpty()) {
            RewardPictures.bars(h, "By subset", evaluation.subsets(), "The dashed line is what a coin gives.");
        }
        h.raw("</div>\n</section>\n");
        if (!evaluation.subsets().isEmpty()) {
            Page.section(h, "subsets", "Subsets");
            RewardTables.rates(h, "Subset", evaluation.subsets());
            h.raw("</section>\n");
        }
        evaluation.agreement().ifPresent(a -> {
            Page.section(h, "annotators", "Annotators");
            RewardTables.annotators(h, a);
            h.raw("</section>\n");
        });
        if (!mistakes.isEmpty()) {
            Page.section(h, "mistakes", "Where it is most wrong");
            mistakes.forEach(m -> mistake(h, m));
            h.raw("</section>\n");
        }
        Page.section(h, "data", "Data");
        Tree.write(h, provenance());
        h.raw("</section>\n");
        return Page.close(h);
    }

    private static void mistake(Html h, Mistake m) {
        h.raw("<div class=\"sample\">").element("h4", "Prompt").raw("<pre>").text(end(m.prompt())).raw("</pre>\n<div class=\"outputs\">");
        answer(h, "Chosen, " + Numbers.of(short4(m.chosenScore())), m.chosen());
        answer(h, "Rejected, " + Numbers.of(short4(m.rejectedScore())), m.rejected());
        h.raw("</div></div>\n");
    }

    private static void answer(Html h, String title, String text) {
        h.raw("<div>").element("h4", title).raw("<pre>").text(text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text).raw("</pre></div>\n");
    }

    /** Of a long prompt what was said last. */
    private static String end(String text) {
        return text.length() > SHOWN ? "…" + text.substring(text.length() - SHOWN) : text;
    }

    private static double short4(double v) {
        return new java.math.BigDecimal(v).round(new java.math.MathContext(4)).doubleValue();
    }

    private Map<String, Object> provenance() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("file", data.file());
        m.put("sha256", data.sha256());
        m.put("format", data.format().id());
        m.put("rows", data.rows());
        m.put("pairs", evaluation.accuracy().n());
        data.dropped().forEach((reason, d) -> m.put("left out: " + reason.words(), d.count()));
        m.put("reward", reward);
        m.put("digest of the reward", digest);
        return m;
    }

    private static Map<String, Rate> strengths(List<Strengths.Bucket> buckets) {
        Map<String, Rate> out = new LinkedHashMap<>();
        buckets.forEach(b -> out.put(b.low() == b.high() ? Numbers.of(b.low()) : Numbers.of(b.low()) + " to " + Numbers.of(b.high()), b.accuracy()));
        return out;
    }

    private static String percent(double v) {
        return Numbers.fixed(100 * v, 1) + " %";
    }
}
