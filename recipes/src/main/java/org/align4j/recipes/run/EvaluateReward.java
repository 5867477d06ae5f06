package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.data.DataFormat;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.progress.ProgressBar;
import org.align4j.recipes.recipe.FormatChoice;
import org.align4j.recipes.report.RewardReport;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.evaluate.Agreement;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.LengthBias;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.PreferenceItems;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.ScoredItem;
import org.align4j.rewardmodels.model.RewardModel;
import org.align4j.rewardmodels.ranker.JudgeModel;
import org.align4j.rewardmodels.ranker.JudgeTemplate;
import org.align4j.rewardmodels.ranker.LanguageModelRanker;
import org.align4j.rewardmodels.ranker.RankerReward;
import org.align4j.rewardmodels.verifier.VerifierSpec;
import org.align4j.rewardmodels.verifier.Verifiers;

/** Scores preference data with a reward, prints how well it does and writes the report. */
final class EvaluateReward {
    /** Subsets printed; the files have all. */
    private static final int SHOWN = 30;
    /** Tokens computed together. */
    private static final int BATCH_TOKENS = 4096;

    private EvaluateReward() {}

    static void run(Commands.EvaluateRewardRequest request, Terminal terminal) {
        request.out().ifPresent(EvaluateReward::requireDirectory);
        DataFormat format = request.format() == FormatChoice.AUTO ? null : DataFormat.valueOf(request.format().name());
        PreferenceItems data = PreferenceItems.read(request.data(), format, request.columns());
        if (request.reward().verifier().isPresent()) {
            try (Reward reward = Verifiers.of(VerifierSpec.parse(request.reward().verifier().get()))) {
                evaluate(reward, data, request, terminal);
            }
            return;
        }
        Backends.Chosen chosen = Backends.open(request.backend(), request.precision().wanted());
        chosen.warnings().forEach(terminal.err()::println);
        try (Backend backend = chosen.backend(); Reward reward = model(request.reward(), backend)) {
            evaluate(reward, data, request, terminal);
        }
    }

    private static Reward model(Commands.RewardSource source, Backend backend) {
        Path directory = source.model().or(source::judge).orElseThrow();
        if (!Files.isDirectory(directory)) {
            throw new UserException("There is no model directory " + directory + ". " + (source.model().isPresent() ? "--model must name the directory of a reward model."
                    : "--judge must name a directory with config.json, tokenizer.json and safetensors weights."));
        }
        if (source.model().isPresent()) {
            return RewardModel.open(directory, backend).batching(BATCH_TOKENS);
        }
        JudgeTemplate template = source.template().map(JudgeTemplate::pair).orElse(JudgeTemplate.PAIR);
        return RankerReward.leastSquares(new LanguageModelRanker(JudgeModel.open(directory, backend, source.chat()), template));
    }

    private static void requireDirectory(Path out) {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new UserException(out + " is a file; --out must name a directory for evaluation.json and report.html.");
        }
        AtomicFiles.createDirectories(out);
    }

    private static void evaluate(Reward reward, PreferenceItems data, Commands.EvaluateRewardRequest request, Terminal terminal) {
        List<ScoredItem> items;
        try (ProgressBar progress = new ProgressBar(terminal.err())) {
            progress.stage("scoring", 0, data.items().size());
            items = data.score(reward, done -> progress.update(new ProgressBar.Update(done, 0, Double.NaN, Double.NaN)));
            progress.endStage();
        }
        RewardReport report = RewardReport.of(reward, data, items);
        print(report, terminal.out());
        request.out().ifPresent(out -> {
            report.write(out);
            terminal.out().println();
            terminal.out().println("Report  " + out.resolve("report.html"));
        });
    }

    private static void print(RewardReport report, PrintWriter out) {
        PreferenceEvaluation e = report.evaluation();
        out.println("Reward  " + report.reward());
        out.printf(Locale.ROOT, "Data    %s: %,d pairs of %,d rows%n%n", report.data().file(), e.accuracy().n(), report.data().rows());
        out.printf(Locale.ROOT, "%-28s %8s %18s %9s%n", "", "", "95 % interval", "pairs");
        rate(out, "accuracy, ties as halves", e.accuracy());
        subsets(out, e.subsets());
        if (e.topOfList().n() > 0) {
            rate(out, "best of a list on top", e.topOfList());
        }
        LengthBias l = e.length();
        rate(out, "where chosen is longer", l.chosenLonger());
        rate(out, "where chosen is shorter", l.chosenShorter());
        rate(out, "where lengths are alike", l.matched());
        rate(out, "always the longer one", l.alwaysLonger());
        e.strengths().forEach(b -> rate(out, "strength " + short4(b.low()) + (b.low() == b.high() ? "" : " to " + short4(b.high())), b.accuracy()));
        e.agreement().ifPresent(a -> annotators(out, a));
        Calibration c = e.calibration();
        out.printf(Locale.ROOT, "%ncalibration   ECE %.4f   Brier %.4f   log-loss %.4f   AUROC %.4f%s%n", c.ece(), c.brier(), c.logLoss(), c.auroc(),
                Double.isNaN(c.temperature()) ? "" : "   best temperature " + short4(c.temperature()));
        out.printf(Locale.ROOT, "length        prefers the longer in %.1f %%   correlation %.3f   of ranks %.3f   within pairs %.3f%n", 100 * l.prefersLonger().value(), l.pearson(), l.spearman(),
                l.withinPairs());
        out.printf(Locale.ROOT, "margin        mean %s   ties %,d%n", short4(e.margin()), e.tiedPairs());
    }

    private static void subsets(PrintWriter out, Map<String, Rate> subsets) {
        subsets.entrySet().stream().limit(SHOWN).forEach(s -> rate(out, "  " + s.getKey(), s.getValue()));
        if (subsets.size() > SHOWN) {
            out.println("  … and " + (subsets.size() - SHOWN) + " more subsets");
        }
    }

    private static void annotators(PrintWriter out, Agreement a) {
        rate(out, "majority of annotators", a.majority());
        a.annotators().forEach(x -> rate(out, "  " + x.name(), x.reward()));
        out.printf(Locale.ROOT, "  annotators agree on %.1f %%, Fleiss' kappa %.3f%n", 100 * a.pairwise(), a.fleiss());
    }

    private static void rate(PrintWriter out, String what, Rate r) {
        if (r.n() > 0) {
            out.printf(Locale.ROOT, "%-28s %6.1f %% %10.1f to %5.1f %9d%n", what.length() > 28 ? what.substring(0, 27) + "…" : what, 100 * r.value(), 100 * r.low(), 100 * r.high(), r.n());
        }
    }

    private static String short4(double v) {
        return new java.math.BigDecimal(v).round(new java.math.MathContext(4)).stripTrailingZeros().toPlainString();
    }
}
