package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.recipes.yaml.Checked;
import org.align4j.recipes.yaml.Default;
import org.align4j.recipes.yaml.Doc;
import org.align4j.recipes.yaml.Findings;
import org.align4j.recipes.yaml.MustExist;
import org.align4j.recipes.yaml.OneOrMany;
import org.align4j.recipes.yaml.Range;
import org.align4j.recipes.yaml.Synonyms;
import org.align4j.recipes.yaml.Terse;

/**
 * A low-rank adapter that a stage trains while the model stays frozen: a fresh one, one out of a directory ({@code init}), or the one the stage
 * before kept ({@code previous}). Whatever its start, {@code then} says what the next stage receives.
 */
@Doc("A low-rank adapter (LoRA, rsLoRA, DoRA) that is trained while the model stays frozen.")
@Terse
public record AdapterSpec(
        @Doc("Rank of a fresh adapter; 16 unless given.") @Range(min = 1, max = 65536) @Synonyms({"r", "lora_r", "lora_rank"}) Optional<Integer> rank,
        @Doc("What a fresh adapter adds is multiplied by alpha / rank; 32 unless given.") @Range(above = 0) @Synonyms("lora_alpha") Optional<Double> alpha,
        @Doc("Probability with which an input of a fresh adapter is dropped during training; 0 unless given, as preference losses want it.") @Range(min = 0, below = 1) @Synonyms("lora_dropout")
                Optional<Double> dropout,
        @Doc("Names of the layers a fresh adapter is on, such as q_proj; all-linear unless given.") @OneOrMany @Range(min = 1) @Synonyms({"target_modules", "lora_target", "lora_target_modules"})
                Optional<List<String>> targets,
        @Doc("Whether the factor of a fresh adapter is alpha / √rank; false unless given.") @Synonyms("use_rslora") Optional<Boolean> rslora,
        @Doc("Whether a fresh adapter also trains the norms of the layers (DoRA); false unless given.") @Synonyms("use_dora") Optional<Boolean> dora,
        @Doc("Directory of an adapter as PEFT writes it, to go on from in place of a fresh one.") @MustExist(directory = true) @Synonyms({"path", "adapter_name_or_path"})
                Optional<Path> init,
        @Doc("Whether to go on with the adapter the stage before kept.") @Default("false") boolean previous,
        @Doc("How the frozen model is held: none in the precision of the products (bfloat16 or float32), nf4 takes four bits per weight of its linear layers. Null with previous.")
                @Synonyms({"load_in_4bit", "quantization", "quantization_bit"}) Optional<Quantize> quantize,
        @Doc("What the next stage receives: merge adds the adapter to the model, keep hands on both as they are.") @Default("merge") Then then)
        implements Checked {

    /** How a frozen model is held. */
    public enum Quantize {
        /** As it is. */
        NONE,
        /** Linear layers in four bits (NF4 with double quantisation). */
        NF4
    }

    /** What the next stage receives. */
    public enum Then {
        /** The model with the adapter added to it. */
        MERGE,
        /** The frozen model and the adapter, which the next stage has to go on with. */
        KEEP
    }

    public AdapterSpec {
        if (init.isEmpty() && !previous) {
            rank = rank.or(() -> Optional.of(16));
            alpha = alpha.or(() -> Optional.of(32.0));
            dropout = dropout.or(() -> Optional.of(0.0));
            targets = targets.or(() -> Optional.of(List.of("all-linear")));
            rslora = rslora.or(() -> Optional.of(false));
            dora = dora.or(() -> Optional.of(false));
        }
        quantize = quantize.isEmpty() && !previous ? Optional.of(Quantize.NONE) : quantize;
    }

    @Override
    public void check(Findings f) {
        if (init.isPresent() && previous) {
            f.problem("previous", "an adapter cannot begin both from init and from the stage before", "remove one of them");
        } else if (init.isPresent() || previous) {
            String start = previous ? "the stage before" : "init";
            only(f, "rank", rank, start);
            only(f, "alpha", alpha, start);
            only(f, "dropout", dropout, start);
            only(f, "targets", targets, start);
            only(f, "rslora", rslora, start);
            only(f, "dora", dora, start);
        }
        if (previous && quantize.isPresent()) {
            f.problem("quantize", "the model is held as the stage before held it", "remove quantize");
        }
    }

    private static void only(Findings f, String key, Optional<?> value, String start) {
        if (value.isPresent()) {
            f.problem(key, key + " has no effect on an adapter that comes from " + start, "remove it");
        }
    }

    /** Whether the frozen model is to be held in four bits. */
    public boolean nf4() {
        return quantize.filter(Quantize.NF4::equals).isPresent();
    }

    /** Whether the next stage has to go on with this adapter. */
    public boolean kept() {
        return then == Then.KEEP;
    }
}
