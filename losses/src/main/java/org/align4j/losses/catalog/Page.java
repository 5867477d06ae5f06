package org.align4j.losses.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.losses.Needs;

/**
 * The catalog as a page of Markdown.
 *
 * <p>Notation: y_w and y_l the chosen and the rejected response, n their tokens, lp = Σ_t log π(y_t), d = lp − lp_ref, h = d_w − d_l, σ the logistic function.
 */
public final class Page {
    private static final String INTRODUCTION = """
            # Objectives

            %d objectives and what feeds them, each a record in module `losses`, which depends on the JDK alone: an objective takes log-probabilities and
            returns the loss, its gradient with respect to every one of them, and metrics. This page is generated from `org.align4j.losses.catalog.Catalog`; needs and defaults are read from
            the records themselves. A class's Javadoc has the gradient, ranges and errors.

            Notation: x a prompt, y_w and y_l its chosen and rejected response, π the policy, π_ref the reference. lp = Σ_t log π(y_t) over the n tokens of a
            response, in nats; d = lp − lp_ref; h = d_w − d_l; m = lp/n; σ(z) = 1/(1 + e^−z); [·] carries no gradient. A mean is over the whole batch, however
            it is cut into parts.

            *Elsewhere* says which other trainers have it and under which name, as their code read in mid-2026: TRL, OpenRLHF, open-instruct, torchtune,
            LLaMA-Factory, HALOs, Axolotl, AlpacaFarm, verl, and the reference codes of DPO and SimPO. No entry means that it was not found there by name.
            Axolotl also passes on what TRL has. torchtune is no longer maintained, and its module with DPO and PPO did not import on its main branch.
            """;
    private static final Map<Needs.Extra, String> EXTRAS = Map.of(
            Needs.Extra.REFERENCE, "reference",
            Needs.Extra.NLL, "likelihood term",
            Needs.Extra.SCORES, "scores",
            Needs.Extra.PROMPT, "prompt",
            Needs.Extra.MISMATCHED, "mismatched responses",
            Needs.Extra.COLLISION, "collision probabilities",
            Needs.Extra.BATCH, "whole batch");

    private Page() {
    }

    /** The whole page. */
    public static String render() {
        StringBuilder page = new StringBuilder(String.format(Locale.ROOT, INTRODUCTION, Catalog.objectives().size()));
        for (Family family : Family.values()) {
            List<Objective> members = Catalog.objectives().stream().filter(o -> o.family() == family).toList();
            boolean losses = members.stream().allMatch(o -> o.needs().isPresent());
            page.append("\n## ").append(family.title()).append("\n\n").append(family.about()).append("\n\n");
            row(page, columns(losses, "Name", family == Family.ADVANTAGE ? "Computed" : "Minimised", "Needs", "Defaults", "From", "Elsewhere"));
            row(page, columns(losses, "---", "---", "---", "---", "---", "---"));
            for (Objective o : members) {
                row(page, columns(losses, "[`" + o.name() + "`](" + source(o.instance().getClass()) + ")", o.formula(), needs(o), defaults(o),
                        "[" + o.paper().title() + "](" + o.paper().link() + ") (" + o.paper().year() + ")", String.join(", ", o.elsewhere())));
            }
        }
        return page.toString();
    }

    private static List<String> columns(boolean needs, String... cells) {
        List<String> all = new ArrayList<>(List.of(cells));
        if (!needs) {
            all.remove(2);
        }
        return all;
    }

    private static void row(StringBuilder page, List<String> cells) {
        page.append(cells.stream().map(c -> c.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |"))).append('\n');
    }

    private static String source(Class<?> type) {
        return "../losses/src/main/java/" + type.getName().replace('.', '/') + ".java";
    }

    private static String needs(Objective o) {
        if (o.needs().isEmpty()) {
            return "";
        }
        Needs n = o.needs().get();
        String reduction = switch (n.reduction()) {
            case SUM -> "sums";
            case MEAN -> "means";
            case TOKEN -> "tokens";
        };
        return reduction + n.extras().stream().map(x -> ", " + EXTRAS.get(x)).collect(Collectors.joining());
    }

    private static String defaults(Objective o) {
        return o.parameters().stream().map(p -> p.name() + " " + p.text()).collect(Collectors.joining(", "));
    }
}
