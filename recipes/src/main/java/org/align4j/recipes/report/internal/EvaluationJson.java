package org.align4j.recipes.report.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.evaluate.Agreement;
import org.align4j.rewardmodels.evaluate.Calibration;
import org.align4j.rewardmodels.evaluate.LengthBias;
import org.align4j.rewardmodels.evaluate.PreferenceEvaluation;
import org.align4j.rewardmodels.evaluate.Rate;
import org.align4j.rewardmodels.evaluate.Strengths;

/** An evaluation as nested maps with the names that files have; what is not a number is null. */
public final class EvaluationJson {
    private EvaluationJson() {
    }

    public static Map<String, Object> of(PreferenceEvaluation e) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("accuracy", rate(e.accuracy()));
        m.put("tied_pairs", e.tiedPairs());
        m.put("mean_margin", number(e.margin()));
        m.put("top_of_list", e.topOfList().n() == 0 ? null : rate(e.topOfList()));
        Map<String, Object> subsets = new LinkedHashMap<>();
        e.subsets().forEach((name, r) -> subsets.put(name, rate(r)));
        m.put("subsets", subsets);
        m.put("mean_of_subsets", number(e.macro()));
        m.put("calibration", calibration(e.calibration()));
        m.put("length", length(e.length()));
        m.put("strengths", e.strengths().stream().map(EvaluationJson::bucket).toList());
        m.put("agreement", e.agreement().map(EvaluationJson::agreement).orElse(null));
        return m;
    }

    private static Map<String, Object> calibration(Calibration c) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("ece", number(c.ece()));
        m.put("brier", number(c.brier()));
        m.put("log_loss", number(c.logLoss()));
        m.put("auroc", number(c.auroc()));
        m.put("temperature", number(c.temperature()));
        List<Map<String, Object>> bins = c.bins().stream().map(b -> {
            Map<String, Object> bin = new LinkedHashMap<>();
            bin.put("low", b.low());
            bin.put("high", b.high());
            bin.put("confidence", number(b.confidence()));
            bin.put("accuracy", rate(b.accuracy()));
            return bin;
        }).toList();
        m.put("bins", bins);
        return m;
    }

    private static Map<String, Object> length(LengthBias l) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("chosen_longer", rate(l.chosenLonger()));
        m.put("chosen_shorter", rate(l.chosenShorter()));
        m.put("matched", rate(l.matched()));
        m.put("always_longer", rate(l.alwaysLonger()));
        m.put("prefers_longer", rate(l.prefersLonger()));
        m.put("pearson", number(l.pearson()));
        m.put("spearman", number(l.spearman()));
        m.put("within_pairs", number(l.withinPairs()));
        return m;
    }

    private static Map<String, Object> bucket(Strengths.Bucket b) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("low", b.low());
        m.put("high", b.high());
        m.put("accuracy", rate(b.accuracy()));
        return m;
    }

    private static Map<String, Object> agreement(Agreement a) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("fleiss_kappa", number(a.fleiss()));
        m.put("pairwise", number(a.pairwise()));
        m.put("majority", rate(a.majority()));
        m.put("undecided", a.undecided());
        Map<String, Object> annotators = new LinkedHashMap<>();
        for (Agreement.Annotator x : a.annotators()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("reward", rate(x.reward()));
            one.put("cohen_kappa", number(x.kappa()));
            one.put("others", number(x.others()));
            annotators.put(x.name(), one);
        }
        m.put("annotators", annotators);
        return m;
    }

    private static Map<String, Object> rate(Rate r) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("value", number(r.value()));
        m.put("low", number(r.low()));
        m.put("high", number(r.high()));
        m.put("n", r.n());
        return m;
    }

    private static Double number(double v) {
        return Double.isFinite(v) ? v : null;
    }
}
