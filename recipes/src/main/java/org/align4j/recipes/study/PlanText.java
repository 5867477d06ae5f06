package org.align4j.recipes.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.align4j.recipes.recipe.BudgetUnit;
import org.align4j.recipes.recipe.LossStage;
import org.align4j.recipes.recipe.Stage;

/** The plan of a study for people. */
final class PlanText {
    private PlanText() {}

    /**
     * @param open what is still to be done
     * @param pace how long it takes
     */
    static String of(Study study, StudyPlan plan, List<Work> open, Work.Pace pace) {
        StringBuilder out = new StringBuilder();
        out.append(String.format(Locale.ROOT, "%s: %,d cells (%s, %s, %s, %s; at ratio 1 all methods share one), which start from %s%n", study.name(), plan.cells().size(),
                count(study.budgets().size(), "budget"), count(study.shares().size(), "ratio"), count(study.methods().size(), "method"), count(study.seeds().size(), "seed"),
                count(plan.shared().size(), "shared finetuning", "shared finetunings")));
        bought(study, plan, out);
        data(study, plan, out);
        if (study.budget().unit() != BudgetUnit.COST) {
            out.append("Prices (budget.cost) play no part, for budgets count ").append(word(study)).append(".\n");
        }
        double seconds = pace.seconds(open, Math.min(study.parallel(), Math.max(1, open.size())));
        out.append(open.isEmpty() ? "Time: everything is done\n"
                : Double.isNaN(seconds) ? "Time: not known before the first cells are done\n"
                : String.format(Locale.ROOT, "Time: about %s for what is still to be done, with %s%s%n", Work.time(seconds), count(study.parallel(), "process", "processes"), untimed(study, open, pace)));
        long kept = plan.shared().size() * 2L + (study.keepModels() ? plan.cells().stream().filter(StudyPlan.Cell::own).count() : 0);
        out.append(String.format(Locale.ROOT, "Memory: about %s, %s for each process, beside Java's own; disk: about %s for %,d models that are kept, %s while a cell is computed%n",
                size(plan.needs().memory() * study.parallel()), size(plan.needs().memory()), size(kept * plan.needs().model()), kept, size(8 * plan.needs().model() * study.parallel())));
        int shown = 8;
        plan.notes().stream().limit(shown).forEach(n -> out.append("Note on ").append(n).append(".\n"));
        if (plan.notes().size() > shown) {
            out.append("and ").append(plan.notes().size() - shown).append(" more notes in plan.json\n");
        }
        return out.toString();
    }

    /** Stages of methods whose time no estimate holds, for they do more than train on rows, and no cell with them has been timed. */
    private static String untimed(Study study, List<Work> open, Work.Pace pace) {
        String all = study.methods().entrySet().stream().filter(m -> !pace.timed(m.getKey()) && open.stream().anyMatch(w -> w.kind().equals(m.getKey())))
                .flatMap(m -> m.getValue().stream()).filter(s -> !(s instanceof LossStage)).map(Stage::kind).distinct().collect(Collectors.joining(", "));
        return all.isEmpty() ? "" : ", without the time of the stages " + all;
    }

    /** A line for every budget and ratio: what it buys with the first seed and method. */
    private static void bought(Study study, StudyPlan plan, StringBuilder out) {
        Map<String, StudyPlan.Cell> lines = new LinkedHashMap<>();
        long seed = study.seeds().get(0);
        plan.cells().stream().filter(c -> c.key().seed() == seed).forEach(c -> lines.putIfAbsent(c.key().budget() + " " + c.key().ratio(), c));
        out.append(String.format(Locale.ROOT, "%12s %6s %15s %10s %13s %10s %10s%n", "budget", "ratio", "demonstrations", "tokens", "preferences", "tokens", "left over"));
        for (StudyPlan.Cell c : lines.values()) {
            Spent s = c.spent();
            out.append(String.format(Locale.ROOT, "%12s %6s %,15d %,10d %,13d %,10d %10s%n", StudyPlan.word(c.key().budget()), StudyPlan.word(c.key().ratio()), s.demonstrations().rows(),
                    s.demonstrations().tokens(), s.preferences().rows(), s.preferences().tokens(), StudyPlan.word(Math.round(s.left() * 1e6) / 1e6)));
        }
        Optional<String> first = study.methods().keySet().stream().findFirst();
        List<String> of = new ArrayList<>();
        if (study.seeds().size() > 1) {
            of.add("seed " + seed);
        }
        if (study.methods().size() > 1) {
            of.add("method " + first.get());
        }
        if (!of.isEmpty()) {
            out.append("(").append(String.join(", ", of)).append("; tokens of the others differ a little)\n");
        }
    }

    private static void data(Study study, StudyPlan plan, StringBuilder out) {
        plan.needs().data().forEach((who, r) -> out.append(String.format(Locale.ROOT, "Data: %s: at most %,d of the %,d rows there are in one cell; %,d in all cells together, %s to annotate%n",
                who.equals(StudySubject.SFT) ? "demonstrations" : "preferences (" + who + ")", r.most(), r.pool(), r.used(), StudyPlan.word(Math.round(r.cost() * 1e6) / 1e6) + " " + word(study))));
    }

    private static String word(Study study) {
        return switch (study.budget().unit()) {
            case EXAMPLES -> "examples";
            case TOKENS -> "tokens";
            case COST -> "cost units";
        };
    }

    private static String count(int n, String what) {
        return count(n, what, what + "s");
    }

    private static String count(int n, String one, String many) {
        return String.format(Locale.ROOT, "%,d %s", n, n == 1 ? one : many);
    }

    private static String size(long bytes) {
        return bytes >= 1L << 30 ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30)) : Math.max(1, bytes >> 20) + " MiB";
    }
}
