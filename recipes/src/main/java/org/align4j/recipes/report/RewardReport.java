package org.align4j.recipes.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.data.DataReport;
import org.align4j.recipes.report.internal.EvaluationJson;
import org.align4j.recipes.report.internal.Html;
import org.align4j.recipes.report.internal.Numbers;
import org.align4j.recipes.report.internal.Page;
import org.align4j.recipes.report.internal.RewardPictures;
import org.align4j.recipes.report.internal.RewardTables;
import org.align4j.recipes.report.internal.Tree;
import org.align4j.recipes.rundir.internal.AtomicText;
import org.align4j.recipes.rundir.internal.Json;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.ScoredItem;
import org.align4j.rewardmodels.evaluate.Strengths;

/**
 * The evaluation of a reward, for readers ({@code report.html}, one file that needs no network, no scripts and no other file) and for programs
 * ({@code evaluation.json}).
 *
 * @param reward     the reward's name
 * @param digest     its identity
 * @param data       what became of every row of the data file
 * @param items      what was scored
 * @param evaluation of them
 */
public record RewardReport(String reward, String digest, DataReport data, List<ScoredItem> items, PreferenceEvaluation evaluation) {
    private static final String BY_LENGTH = "A reward that goes by length is right where the chosen answer is the longer one, and wrong where it is not."
            + " Within a tenth: lengths are about equal.";

    public RewardReport {
        Objects.requireNonNull(reward, "reward");
        Objects.requireNonNull(digest, "digest");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(evaluation, "evaluation");
        items = List.copyOf(items);
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
        Page.section(h, "data", "Data");
        Tree.write(h, provenance());
        h.raw("</section>\n");
        return Page.close(h);
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
