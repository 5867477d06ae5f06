package org.align4j.rewardmodels.winrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.evaluate.Bootstrap;
import org.align4j.rewardmodels.internal.Logistic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LengthControlTest {
    private static final Bootstrap FEW = new Bootstrap(50, 3);
    @TempDir
    Path dir;

    /** Judgements by the model itself: θ, φ and ψ are known, lengths go by a normal law. */
    private static List<Judgement> simulated(String model, double theta, double phi, double psi, double longer, Map<String, Double> gamma, long seed) {
        Random random = new Random(seed);
        List<Judgement> out = new ArrayList<>();
        gamma.forEach((key, difficulty) -> {
            int mine = 2000 + (int) (400 * random.nextGaussian() + longer);
            // sd(Δ) is 400 but for the sample's own.
            double logit = theta + phi * Math.tanh((2000 - mine) / 400.0) + psi * difficulty;
            out.add(Judgement.of(key, model, "base", random.nextDouble() < Logistic.sigmoid(logit) ? 1 : 0, mine, 2000));
        });
        return out;
    }

    private static Map<String, Double> difficulties(int n, long seed) {
        Random random = new Random(seed);
        Map<String, Double> out = new LinkedHashMap<>();
        for (int i = 0; i < n; i++) {
            out.put("i" + i, random.nextGaussian());
        }
        return out;
    }

    @Test
    void findsTheLawThatJudgementsFollow() {
        Map<String, Double> gamma = difficulties(4000, 1);
        List<Judgement> judgements = simulated("m", -0.5, -1.2, 0.8, 300, gamma, 2);
        LengthControlled fit = LengthControl.minimal(FEW).with(new InstructionDifficulty(gamma)).fit(judgements);
        double truth = new GlmWeights(-1.2, 0.8, -0.5).winRate(gamma.values().stream().mapToDouble(v -> v).toArray());
        assertTrue(fit.raw().value() - truth > 5, "longer answers win more: raw " + fit.raw().value() + ", at equal lengths " + truth);
        // Four standard errors: a true fit misses them once in 16,000 times, and the seed is fixed.
        assertEquals(truth, fit.value(), 4 * fit.standardError());
        assertTrue(fit.standardError() > 0.5 && fit.standardError() < 1.5, "some √(p(1 − p) ÷ n) = 0.78 points, found " + fit.standardError());
        assertTrue(fit.interval().contains(fit.value()));
        assertEquals(-1.2, fit.weights().length(), 0.25);
        assertEquals(0.8, fit.weights().difficulty(), 0.2);
        assertEquals(fit, LengthControl.minimal(FEW).with(new InstructionDifficulty(gamma)).fit(judgements), "same seed, same bits");
    }

    @Test
    void difficultiesAreFoundFromSeveralModels() {
        Map<String, Double> gamma = difficulties(150, 5);
        List<Judgement> all = new ArrayList<>();
        for (int m = 0; m < 30; m++) {
            all.addAll(simulated("m" + m, -1 + 0.07 * m, -0.8, 1, 0, gamma, 100 + m));
        }
        InstructionDifficulty found = InstructionDifficulty.fit(all, 1);
        double mean = gamma.values().stream().mapToDouble(v -> v).average().orElseThrow();
        double squares = gamma.keySet().stream().mapToDouble(k -> Math.pow(found.of(k) - (gamma.get(k) - mean), 2)).average().orElseThrow();
        // Thirty coins each: the error of a logit is some 2 ÷ √30 = 0.37 and more far from 0, less by what the ridge takes.
        assertTrue(Math.sqrt(squares) < 0.5, "root mean square error " + Math.sqrt(squares));
        assertEquals(0, found.byInstruction().values().stream().mapToDouble(v -> v).sum(), 1e-9);
        double weak = InstructionDifficulty.fit(all, 100).byInstruction().values().stream().mapToDouble(Math::abs).max().orElseThrow();
        assertTrue(weak < found.byInstruction().values().stream().mapToDouble(Math::abs).max().orElseThrow() / 2, "the ridge holds difficulties small");
    }

    @Test
    void difficultiesOfTwoInstructionsHaveAClosedForm() {
        // Four models that all win on one and lose on the other: θ = 0 by symmetry, and 4 (1 − σ(γ)) = ridge · γ.
        List<Judgement> all = new ArrayList<>();
        for (int m = 0; m < 4; m++) {
            all.add(Judgement.of("easy", "m" + m, "b", 1, 5, 5));
            all.add(Judgement.of("hard", "m" + m, "b", 0, 5, 5));
        }
        for (double ridge : new double[] {10, 1, 0.01}) {
            InstructionDifficulty found = InstructionDifficulty.fit(all, ridge);
            assertEquals(-found.of("easy"), found.of("hard"), 1e-8);
            assertEquals(ridge * found.of("easy"), 4 * (1 - Logistic.sigmoid(found.of("easy"))), 1e-8, "ridge " + ridge);
        }
    }

    @Test
    void gamedRowsHoldTheLengthTerm() {
        Map<String, Double> gamma = difficulties(200, 7);
        List<Judgement> judgements = simulated("m", 0, 0, 0, 0, gamma, 8);
        List<GamedRow> gamed = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            double delta = (i % 41 - 20) / 10.0;
            gamed.add(new GamedRow(Logistic.sigmoid(-2 * Math.tanh(delta)), delta, 0));
        }
        double without = LengthControl.minimal(FEW).fit(judgements).weights().length();
        double with = LengthControl.minimal(FEW).with(gamed).fit(judgements).weights().length();
        assertTrue(with < without - 0.5, "from " + without + " to " + with);
    }

    @Test
    void theBaselineAgainstItselfHasFifty() {
        List<Judgement> judgements = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            judgements.add(Judgement.of("i" + i, "b", "b", 0.5, 10 + i, 10 + i));
        }
        LengthControlled fit = LengthControl.minimal(FEW).fit(judgements);
        assertEquals(50, fit.value());
        assertEquals(50, fit.raw().value());
        assertEquals(GlmWeights.BASELINE, fit.weights());
        assertEquals(50, GlmWeights.BASELINE.winRate(-1, 0.3, 2));
    }

    /** Every judgement twice is no more evidence: the same rate and, drawn by instruction, the same error. */
    @Test
    void judgementsOfOneInstructionAreDrawnTogether() {
        List<Judgement> once = simulated("m", -0.5, -1.2, 0, 300, difficulties(300, 1), 2);
        LengthControlled single = LengthControl.minimal(FEW).fit(once);
        LengthControlled twice = LengthControl.minimal(FEW).fit(join(once, once));
        // The penalty weighs half as much against twice the judgements.
        assertEquals(single.value(), twice.value(), 0.3);
        assertEquals(single.standardError(), twice.standardError(), 0.1 * single.standardError());
    }

    /** Two models judged on the same instructions, one the better on each by a coin with 0.7 in place of 0.4. */
    @Test
    void aChangeDrawsTheSameInstructionsOfBoth() {
        Map<String, Double> gamma = difficulties(600, 4);
        List<Judgement> from = simulated("a", -0.4, -1, 2, 0, gamma, 5);
        List<Judgement> to = simulated("b", 0.8, -1, 2, 0, gamma, 6);
        LengthControl control = LengthControl.minimal(FEW).with(new InstructionDifficulty(gamma));
        Bootstrap.Distribution d = control.change(from, to);
        assertEquals(control.fit(to).value() - control.fit(from).value(), d.value(), 1e-12);
        assertTrue(d.interval().low() > 0 && d.interval().low() < d.value() && d.value() < d.interval().high(), d.interval().toString());
        double apart = Math.hypot(control.fit(from).standardError(), control.fit(to).standardError());
        assertTrue(d.standardError() < apart, "what instructions share does not widen it: " + d.standardError() + " of " + apart);
        Bootstrap.Distribution none = control.change(from, from);
        assertEquals(0, none.standardError());
        assertThrows(IllegalArgumentException.class, () -> control.change(from, to.subList(1, to.size())));
    }

    @Test
    void warnsOfGreatChanges() {
        assertTrue(changed(20, 31).warning().isEmpty(), "11 points, but less than a quarter of the 80 there were to gain");
        assertTrue(changed(20, 41).warning().orElseThrow().contains("41.0 %"));
        assertTrue(changed(20, 9.5).warning().isPresent());
        assertTrue(changed(20, 11).warning().isEmpty(), "9 points");
        assertTrue(changed(80, 91).warning().isPresent());
        assertTrue(changed(80, 61).warning().isEmpty());
    }

    private static LengthControlled changed(double raw, double value) {
        return new LengthControlled(value, 0, 0, FEW.ofMean(value).interval(), GlmWeights.BASELINE, 1, new WinRate(raw, 1, 1, 1, 0));
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        List<Judgement> some = simulated("m", 0, 0, 0, 0, difficulties(10, 1), 1);
        LengthControl minimal = LengthControl.minimal(FEW);
        says("as many judgements", () -> minimal.fit(some.subList(0, 4)));
        says("one by one", () -> minimal.fit(join(some, simulated("other", 0, 0, 0, 0, difficulties(2, 1), 1))));
        says("no difficulty for the instruction \"i3\"", () -> minimal.with(new InstructionDifficulty(difficulties(3, 1))).fit(some));
        says("lengths of both answers", () -> minimal.fit(some.stream().map(j -> new Judgement(j.instruction(), "m", "b", 1, Optional.empty())).toList()));
        says("differences in length that vary", () -> minimal.fit(some.stream().map(j -> Judgement.of(j.instruction(), "m", "b", 1, 5, 9)).toList()));
        Path file = dir.resolve("d.csv");
        Files.writeString(file, "index,instruction_difficulty\n1,0.5\n1,0.6\n");
        says("line 3: the instruction 1 stands twice", () -> InstructionDifficulty.read(file));
        Files.writeString(file, "index,instruction_difficulty\n1,NaN\n");
        says("line 2: instruction_difficulty must be finite", () -> InstructionDifficulty.read(file));
        Files.writeString(file, "preference,std_delta_len,instruction_difficulty\n2,0,0\n");
        says("line 2: a preference from 0 to 1", () -> GamedRow.read(file));
        says("column index is missing", () -> InstructionDifficulty.read(file));
    }

    private static List<Judgement> join(List<Judgement> a, List<Judgement> b) {
        List<Judgement> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private static void says(String what, org.junit.jupiter.api.function.Executable action) {
        String message = assertThrows(UserException.class, action).getMessage();
        assertTrue(message.contains(what), message);
    }
}
