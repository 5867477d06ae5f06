package org.align4j.losses.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.losses.Batch;
import org.align4j.losses.Evaluation;
import org.align4j.losses.Example;
import org.align4j.losses.Golden;
import org.align4j.losses.Loss;
import org.align4j.losses.Mixture;
import org.align4j.losses.Needs.Reduction;
import org.align4j.losses.supervised.NllLoss;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every case of the reference vectors of pair losses: values, single examples, gradients and rewards. A case that is not known here fails. */
class PairGoldenTest {

    @Test
    void lossesOfTrl() {
        assertEquals(46, run("dpo.json"));
    }

    @Test
    void divergencesOfTrl() {
        assertEquals(42, run("dpo_f_divergence.json"));
    }

    @Test
    void olderLossesOfTrl() {
        assertEquals(16, run("dpo_legacy.json"));
    }

    @Test
    void contrastiveLossesOfTrl() {
        assertEquals(18, run("cpo_simpo.json"));
    }

    @Test
    void definitions() {
        assertEquals(20, run("slic_rso_minor.json"));
    }

    @Test
    void oddsRatios() {
        assertEquals(4, run("orpo.json"));
    }

    private static int run(String file) {
        int count = 0;
        for (JsonNode c : Golden.cases(file)) {
            check(c, file.equals("orpo.json") ? new OrpoLoss(number(c, "beta"), false) : loss(c.get("params")));
            count++;
        }
        return count;
    }

    private static Loss loss(JsonNode p) {
        return p.has("loss") ? defined(p) : p.has("cpo_alpha") ? contrastive(p) : p.has("f_divergence_type")
                ? new FDpoLoss(divergence(p), Shape.valueOf(p.get("loss_type").asString().toUpperCase()), p.get("beta").asDouble()) : referenced(p);
    }

    private static Loss defined(JsonNode p) {
        return switch (p.get("loss").asString()) {
            case "slic_hf" -> new SlicHfLoss(p.get("delta").asDouble(), p.get("lambda").asDouble(), reduction(p, false));
            case "rso_sigmoid_norm" -> new RsoSigmoidNormLoss(p.get("gamma").asDouble());
            case "rso_hinge_norm" -> new RsoHingeNormLoss(p.get("gamma").asDouble());
            case "minor_dpo" -> new MinorDpoLoss(p.get("beta").asDouble());
            default -> throw new AssertionError("unknown case " + p);
        };
    }

    private static Loss referenced(JsonNode p) {
        double beta = p.get("beta").asDouble();
        double smoothing = p.has("label_smoothing") ? p.get("label_smoothing").asDouble() : 0;
        return switch (p.get("loss_type").asString()) {
            case "sigmoid" -> new DpoLoss(beta, smoothing, p.has("reference_free") && p.get("reference_free").asBoolean());
            case "hinge" -> new RsoHingeNormLoss(beta);
            case "ipo" -> new IpoLoss(beta, reduction(p, true));
            case "exo_pair" -> new ExoLoss(beta, smoothing);
            case "nca_pair" -> new NcaLoss(beta);
            case "robust" -> new RobustDpoLoss(beta, smoothing);
            case "bco_pair" -> new BcoPairLoss(beta, p.has("running_delta_before_update"));
            case "sppo_hard" -> new SppoLoss(beta);
            case "aot" -> new AotLoss(beta, smoothing, true);
            case "aot_unpaired" -> new AotLoss(beta, smoothing, false);
            case "apo_zero" -> new ApoZeroLoss(beta);
            case "apo_down" -> new ApoDownLoss(beta);
            case "discopop" -> new DiscoPopLoss(beta, p.get("discopop_tau").asDouble());
            case "sigmoid_norm" -> new DpoNormLoss(beta);
            default -> throw new AssertionError("unknown case " + p);
        };
    }

    private static Loss contrastive(JsonNode p) {
        double beta = p.get("beta").asDouble();
        double smoothing = p.get("label_smoothing").asDouble();
        double nll = p.get("cpo_alpha").asDouble();
        if (!p.get("loss_type").asString().equals("simpo")) {
            return new CpoLoss(beta, Shape.valueOf(p.get("loss_type").asString().toUpperCase()), smoothing, nll);
        }
        double ratio = p.get("simpo_gamma").asDouble() / beta;
        double alpha = p.get("alpha").asDouble();
        Loss simpo = alpha == 0 ? new SimPoLoss(beta, ratio, smoothing) : new AlphaPoLoss(beta, ratio, alpha);
        return nll == 0 ? simpo : Mixture.of(List.of(simpo, new NllLoss()), 1, nll);
    }

    private static Divergence divergence(JsonNode p) {
        return switch (p.get("f_divergence_type").asString()) {
            case "reverse_kl" -> Divergence.reverseKl();
            case "forward_kl" -> Divergence.forwardKl();
            case "js_divergence" -> Divergence.js();
            case "alpha_divergence" -> p.has("definition") ? Divergence.legacyAlpha(p.get("alpha_divergence_coef").asDouble())
                    : Divergence.alpha(p.get("f_alpha_divergence_coef").asDouble());
            default -> throw new AssertionError("unknown case " + p);
        };
    }

    private static Reduction reduction(JsonNode p, boolean mean) {
        return (p.has("length_normalised") ? p.get("length_normalised").asBoolean() : mean) ? Reduction.MEAN : Reduction.SUM;
    }

    private static void check(JsonNode c, Loss loss) {
        String name = c.get("name").asString();
        List<Example> batch = examples(c, loss.needs().reference());
        JsonNode out = c.get("outputs");
        Evaluation all = loss.evaluate(batch);
        double nllWeight = nllWeight(c, loss);
        double nll = nllWeight == 0 ? 0 : all.metric(all.metrics().containsKey("nll_loss") ? "nll_loss" : "loss/sft");
        JsonNode preference = out.has("mean_preference_loss") ? out.get("mean_preference_loss")
                : out.has("mean_odds_ratio_loss") ? out.get("mean_odds_ratio_loss") : out.get("mean_loss");
        Golden.close(preference.asDouble() + nllWeight * nll, all.loss(), name + " loss");
        JsonNode each = out.has("per_example_loss") ? out.get("per_example_loss") : out.get("per_example_odds_ratio_loss");
        double[] own = eachLoss(loss, batch, nllWeight, c);
        assertEquals(each.size(), own.length, name);
        for (int i = 0; i < own.length; i++) {
            Golden.close(each.get(i).asDouble(), own[i], name + " loss of example " + i);
        }
        gradients(c, loss, batch, all, nllWeight / Batch.of(batch).targetTokens());
        if (out.has("chosen_rewards") && !name.contains("reference_free") && !name.startsWith("ipo_averaged")) {
            // Without a reference TRL still subtracted one in its logged rewards; up to 0.22 it logged means for IPO, now it logs sums.
            double[] w = Golden.doubles(out.get("chosen_rewards"));
            double[] l = Golden.doubles(out.get("rejected_rewards"));
            Golden.close(Arrays.stream(w).average().orElseThrow(), all.metric("rewards/chosen"), name);
            Golden.close(Arrays.stream(l).average().orElseThrow(), all.metric("rewards/rejected"), name);
            for (int i = 0; i < w.length; i++) {
                Evaluation one = one(loss, batch.get(i), c);
                Golden.close(w[i], one.metric("rewards/chosen"), name + " reward of example " + i);
                Golden.close(l[i], one.metric("rewards/rejected"), name + " reward of example " + i);
                assertEquals(w[i] > l[i] ? 1 : 0, one.metric("rewards/accuracies"), name + " accuracy of example " + i);
            }
        }
        if (out.has("delta")) {
            Golden.close(out.get("delta").asDouble(), all.metric("delta"), name);
            Golden.close(out.get("delta").asDouble(), all.state()[0], name);
            assertEquals(2 * batch.size(), all.state()[1], name);
        }
        if (out.has("log_odds_chosen_mean")) {
            Golden.close(out.get("log_odds_ratio_mean").asDouble(), all.metric("log_odds_ratio"), name);
            Golden.close(out.get("log_odds_chosen_mean").asDouble(), all.metric("log_odds_chosen"), name);
        }
    }

    /** The weight of the likelihood term, which the reference takes as an input of its own; its derivative there is this weight. */
    private static double nllWeight(JsonNode c, Loss loss) {
        if (!c.get("gradients").has("nll_loss")) {
            return 0;
        }
        double weight = loss instanceof OrpoLoss ? 1 : number(c, "cpo_alpha");
        assertEquals(weight, c.get("gradients").get("nll_loss").asDouble());
        JsonNode out = c.get("outputs");
        double preference = out.get(out.has("mean_preference_loss") ? "mean_preference_loss" : "mean_odds_ratio_loss").asDouble();
        Golden.close(out.get("total_loss").asDouble(), preference + weight * c.get("inputs").get("nll_loss").asDouble(), "total");
        return weight;
    }

    /** Losses of single examples without the likelihood term; in ascending order of what is sorted where a loss sorts. */
    private static double[] eachLoss(Loss loss, List<Example> batch, double nllWeight, JsonNode c) {
        if (loss instanceof AotLoss aot) {
            List<Pair> pairs = Pairs.whole(aot, batch, Batch.of(batch));
            Pair.Value[] values = aot.values(pairs);
            Comparator<Integer> order = Comparator.comparingDouble(i -> aot.paired() ? pairs.get(i).chosen() - pairs.get(i).rejected()
                    : pairs.get(i).chosenRatio());
            return IntStream.range(0, values.length).boxed().sorted(order).mapToDouble(i -> values[i].loss()).toArray();
        }
        double[] losses = new double[batch.size()];
        for (int i = 0; i < losses.length; i++) {
            Evaluation one = one(loss, batch.get(i), c);
            double nll = -batch.get(i).responses().get(0).sum() / batch.get(i).responses().get(0).length();
            losses[i] = one.loss() - nllWeight * nll;
        }
        return losses;
    }

    /** One example by itself. A running shift is held where the reference had it, by a count that one example cannot move. */
    private static Evaluation one(Loss loss, Example e, JsonNode c) {
        List<Example> single = List.of(e);
        return c.get("outputs").has("delta")
                ? loss.evaluate(single, Batch.of(single).withState(new double[] {c.get("outputs").get("delta").asDouble(), 1e18})) : loss.evaluate(single);
    }

    private static void gradients(JsonNode c, Loss loss, List<Example> batch, Evaluation all, double nllGradient) {
        String[] roles = {"chosen", "rejected", "target"};
        for (int i = 0; i < batch.size(); i++) {
            double[][] g = all.gradients().get(i);
            assertEquals(batch.get(i).responses().size(), g.length);
            for (int r = 0; r < g.length; r++) {
                int length = batch.get(i).responses().get(r).length();
                assertEquals(length, g[r].length);
                String what = c.get("name").asString() + " gradient of " + roles[r] + " " + i;
                JsonNode sums = c.get("gradients").get("policy_" + roles[r] + "_logps");
                JsonNode means = c.get("gradients").get("policy_" + roles[r] + "_avg_logps");
                double expected = sums != null ? sums.get(i).asDouble() : means.get(i).asDouble() / length;
                for (double v : g[r]) {
                    Golden.close(expected, v + (r == 0 ? nllGradient : 0), what);
                }
            }
        }
        assertTrue(batch.size() >= 5, loss.name());
    }

    /**
     * The extreme cases get each sum in one token and zeros beside it: spreading it would round away the exact ties they are about. ORPO's inputs are
     * means; they get some length each.
     */
    private static List<Example> examples(JsonNode c, boolean reference) {
        JsonNode in = c.get("inputs");
        boolean exact = c.get("name").asString().contains("extreme");
        List<Example> out = new ArrayList<>();
        int n = in.get(in.has("policy_chosen_logps") ? "policy_chosen_logps" : "policy_chosen_avg_logps").size();
        for (int i = 0; i < n; i++) {
            List<Example.Response> responses = new ArrayList<>();
            for (String role : List.of("chosen", "rejected", "target")) {
                if (in.has("policy_" + role + "_avg_logps")) {
                    double[] lp = new double[i + 1];
                    Arrays.fill(lp, in.get("policy_" + role + "_avg_logps").get(i).asDouble());
                    responses.add(new Example.Response(lp, null));
                } else if (in.has("policy_" + role + "_logps")) {
                    int tokens = in.get(role.equals("target") ? "target_lengths" : role + "_lengths").get(i).asInt();
                    responses.add(new Example.Response(tokens(in.get("policy_" + role + "_logps").get(i).asDouble(), tokens, exact),
                            reference ? tokens(in.get("ref_" + role + "_logps").get(i).asDouble(), tokens, exact) : null));
                }
            }
            out.add(new Example(responses));
        }
        return out;
    }

    private static double[] tokens(double sum, int tokens, boolean exact) {
        if (!exact) {
            return Golden.spread(sum, tokens);
        }
        double[] a = new double[tokens];
        a[0] = sum;
        return a;
    }

    private static double number(JsonNode c, String key) {
        return c.get("params").get(key).asDouble();
    }
}
