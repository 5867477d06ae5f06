package org.align4j.examples.study;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Group;
import org.align4j.core.io.AtomicFiles;
import org.align4j.losses.Loss;
import org.align4j.losses.list.LambdaLoss;
import org.align4j.losses.list.ListMleLoss;
import org.align4j.losses.list.PairHingeLoss;
import org.align4j.losses.list.PairLogisticLoss;
import org.align4j.losses.list.PointMseLoss;
import org.align4j.losses.list.SoftmaxLoss;
import org.align4j.losses.pair.RsoHingeLoss;
import org.align4j.losses.pair.RsoHingeNormLoss;
import org.align4j.losses.pair.RsoSigmoidNormLoss;
import org.align4j.losses.supervised.NllLoss;
import org.align4j.rewardmodels.sampling.BestOfN;
import org.align4j.rewardmodels.sampling.RejectionSampling;

/**
 * Which data and which loss a policy learns most from, where the true reward is known: pairs that annotators compared, pairs of the policy's own responses,
 * pairs by statistical rejection sampling; losses on pairs and on lists. A reward model trained on the annotators' pairs ranks the policy's responses; what a
 * policy is worth is said by the gold reward, which no training sees.
 *
 * <p>{@code SamplingStudy OUT [SEEDS [RATE]]} runs one seed after the other into {@code OUT/seed-N.json}, leaves out those that are there, draws
 * {@code OUT/best-of-n.svg} and prints the tables in Markdown.
 */
public final class SamplingStudy {
    static final double TEMPERATURE = 0.7;
    private static final int CANDIDATES = 64;
    private static final int KEPT = 8;
    private static final double STRENGTH = 0.1;

    private final Backend backend;
    private final long seed;
    private final double rate;
    private final Map<String, Double> results = new LinkedHashMap<>();
    private final List<int[]> test = new ArrayList<>();
    private Policy sft;
    private RewardModelOfStudy proxy;

    private SamplingStudy(Backend backend, long seed, double rate) {
        this.backend = backend;
        this.seed = seed;
        this.rate = rate;
        for (int i = 0; i < 300; i++) {
            test.add(SortingTask.prompt(seed, "test", i));
        }
    }

    /** What one seed gives: numbers by name. */
    static Map<String, Double> run(Backend backend, long seed, double rate) {
        SamplingStudy study = new SamplingStudy(backend, seed, rate);
        study.run();
        return study.results;
    }

    private void run() {
        sft = Policy.fresh(backend, seed).imitate(Sources.demonstrations(seed, 6000), 6, 3e-3, seed);
        List<Group> annotated;
        try (Policy earlier = Policy.fresh(backend, seed + 100).imitate(Sources.demonstrations(seed, 6000), 3, 3e-3, seed + 100)) {
            annotated = Sources.annotated(seed, 4000, earlier);
        }
        proxy = RewardModelOfStudy.train(backend, sft, annotated, seed);
        judgeProxy();
        measure("SFT", sft);
        bestOfN();
        List<Sources.Scored> candidates = scored(sft, prompts("own", 500), CANDIDATES);
        RejectionSampling rso = new RejectionSampling(KEPT, 0.5);
        acceptance(rso, candidates);
        List<Sources.Scored> plain = Sources.first(candidates, KEPT);
        Map<String, List<Group>> pairs = new LinkedHashMap<>();
        pairs.put("direct", annotated.subList(0, 2000));
        pairs.put("sft-sample", Sources.pairs(plain, seed));
        pairs.put("rso", Sources.pairs(Sources.rejection(candidates, rso, seed), seed));
        pairs.forEach((source, data) -> {
            results.put("pairs " + source, (double) data.size());
            for (Loss loss : List.of(new RsoSigmoidNormLoss(STRENGTH), new RsoHingeLoss(STRENGTH), new RsoHingeNormLoss(STRENGTH))) {
                arm(loss.name() + " " + source, loss, data, 32);
            }
        });
        List<Group> lists = Sources.lists(plain);
        for (Loss loss : List.of(new LambdaLoss(STRENGTH, LambdaLoss.Discount.LOG2), new PairLogisticLoss(STRENGTH), new PairHingeLoss(STRENGTH), new ListMleLoss(STRENGTH),
                new SoftmaxLoss(STRENGTH, true), new PointMseLoss(STRENGTH))) {
            arm(loss.name() + " lists", loss, lists, 8);
        }
        arm("raft best of 8", new NllLoss(), Sources.best(plain), 32);
        arm("raft best of 64", new NllLoss(), Sources.best(candidates), 32);
        proxy.close();
        sft.close();
    }

    private List<int[]> prompts(String split, int count) {
        List<int[]> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(SortingTask.prompt(seed, split, i));
        }
        return list;
    }

    private List<Sources.Scored> scored(Policy policy, List<int[]> prompts, int each) {
        List<List<int[]>> responses = policy.sample(prompts, each, TEMPERATURE, seed + 1);
        List<Sources.Scored> all = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            all.add(new Sources.Scored(prompts.get(i), responses.get(i), proxy.score(prompts.get(i), responses.get(i))));
        }
        return all;
    }

    private static double[] gold(Sources.Scored s) {
        return s.responses().stream().mapToDouble(r -> SortingTask.gold(s.prompt(), r)).toArray();
    }

    /** How often the reward model prefers the truly better of two responses of the policy it will judge. */
    private void judgeProxy() {
        double right = 0;
        int count = 0;
        for (Sources.Scored s : scored(sft, prompts("judged", 300), 4)) {
            double[] gold = gold(s);
            for (int k = 0; k + 1 < 4; k += 2) {
                if (gold[k] != gold[k + 1]) {
                    count++;
                    right += Math.signum(gold[k] - gold[k + 1]) == Math.signum(s.rewards()[k] - s.rewards()[k + 1]) ? 1 : 0;
                }
            }
        }
        results.put("reward model accuracy", right / count);
        results.put("reward model pairs", (double) count);
    }

    private void bestOfN() {
        List<Sources.Scored> all = scored(sft, prompts("best", 200), CANDIDATES);
        for (int n = 1; n <= CANDIDATES; n *= 2) {
            double byProxy = 0;
            double proxyGain = 0;
            double byGold = 0;
            for (Sources.Scored s : all) {
                double[] gold = gold(s);
                byProxy += BestOfN.expected(s.rewards(), gold, n) / all.size();
                proxyGain += BestOfN.expected(s.rewards(), s.rewards(), n) / all.size();
                byGold += BestOfN.expected(gold, gold, n) / all.size();
            }
            results.put("best of " + n + " gold", byProxy);
            results.put("best of " + n + " proxy", proxyGain);
            results.put("best of " + n + " by gold", byGold);
        }
    }

    /**
     * The mean reward of what rejection sampling accepts, against that of the policy it stands for, π(y)·exp(r(y)/β)/Z, estimated from all candidates with
     * weights exp(r/β).
     */
    private void acceptance(RejectionSampling rso, List<Sources.Scored> all) {
        double before = 0;
        double wanted = 0;
        for (Sources.Scored s : all) {
            double max = Arrays.stream(s.rewards()).max().orElseThrow();
            double weights = 0;
            double sum = 0;
            for (double r : s.rewards()) {
                double w = Math.exp((r - max) / rso.beta());
                weights += w;
                sum += w * r;
            }
            wanted += sum / weights / all.size();
            before += mean(s.rewards()) / all.size();
            add("rso first sweep accepts", rso.acceptanceRate(s.rewards()) / all.size());
        }
        results.put("rso reward of candidates", before);
        results.put("rso reward by formula", wanted);
        for (int n : new int[] {1, KEPT}) {
            for (Sources.Scored s : Sources.rejection(all, new RejectionSampling(n, rso.beta()), seed)) {
                add("rso reward of " + n + " accepted", mean(s.rewards()) / all.size());
            }
        }
    }

    private void add(String name, double part) {
        results.merge(name, part, Double::sum);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** Trains from the finetuned policy, keeps the epoch whose responses to other prompts the reward model likes best, and measures. */
    private void arm(String name, Loss loss, List<Group> data, int batch) {
        List<int[]> dev = prompts("dev", 100);
        try (Policy policy = sft.copy()) {
            int epoch = policy.prefer(loss, data, 3, batch, rate, seed, p -> scored(p, dev, 4).stream().mapToDouble(s -> mean(s.rewards())).sum());
            results.put(name + " | epoch", (double) epoch);
            measure(name, policy);
        }
        System.err.println("seed " + seed + ": " + name + " " + results.get(name + " | gold"));
    }

    private void measure(String name, Policy policy) {
        double gold = 0;
        double reward = 0;
        double length = 0;
        int count = 0;
        for (Sources.Scored s : scored(policy, test, 4)) {
            gold += Arrays.stream(gold(s)).sum();
            reward += Arrays.stream(s.rewards()).sum();
            length += s.responses().stream().mapToInt(r -> r.length).sum();
            count += s.responses().size();
        }
        results.put(name + " | gold", gold / count);
        results.put(name + " | proxy", reward / count);
        results.put(name + " | length", length / count);
    }

    public static void main(String[] args) {
        Path out = Path.of(args[0]);
        int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        double rate = args.length > 2 ? Double.parseDouble(args[2]) : 5e-5;
        AtomicFiles.createDirectories(out);
        List<Map<String, Double>> all = new ArrayList<>();
        try (Backend backend = Backends.open(Backends.Choice.AUTO, Precision.FP32).backend()) {
            for (int s = 1; s <= seeds; s++) {
                Path file = out.resolve("seed-" + s + ".json");
                if (!Files.exists(file)) {
                    StudyResults.write(file, run(backend, s, rate));
                }
                all.add(StudyResults.read(file));
            }
        }
        AtomicFiles.writeString(out.resolve("best-of-n.svg"), BestOfNPicture.draw(all));
        System.out.print(StudyResults.tables(all));
    }
}
