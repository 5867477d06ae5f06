package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.io.AtomicFiles;
import org.align4j.recipes.recipe.Reward;
import org.align4j.rewardmodels.model.RewardConfig;

/** {@code README.md} of a reward model: what it is, how it was trained, how it measured, how to read a score. */
final class RewardCard {
    private RewardCard() {}

    static void write(Path directory, StageRun run, Reward stage, RewardConfig config, RewardData data, Map<String, Double> before, Map<String, Double> after) {
        StringBuilder b = new StringBuilder("---\nlibrary_name: transformers\npipeline_tag: text-classification\ntags:\n- align4j\n- reward-model\n"
                + "# license: choose one that the licences of the base model and of the data allow\n---\n\n");
        b.append("# ").append(run.recipe().name()).append(", ").append(run.name()).append("\n\n");
        b.append("A reward model: a ").append(config.head().pooler() ? "pooler and a linear" : "linear").append(" head over the hidden state at the last token of a response. Trained with Align4J on ")
                .append(data.train().size()).append(stage.attributes().isPresent() ? " rated responses" : " groups of compared responses").append(" by the loss `")
                .append(stage.objective().name()).append("`, ")
                .append(stage.freeze() ? "the model below it frozen" : stage.training().adapter().isPresent() ? "with an adapter that has been merged" : "all weights").append(".\n\n");
        b.append(how(config, stage));
        if (!after.isEmpty()) {
            b.append("## Held-out data\n\n").append(data.heldOut().size()).append(" groups; no prompt stands on both sides.\n\n| Metric | before | after |\n| --- | ---: | ---: |\n");
            after.entrySet().stream().filter(e -> e.getKey().startsWith("eval_")).forEach(e -> b.append(String.format(Locale.ROOT, "| %s | %s | %.4f |%n", e.getKey(),
                    before.containsKey(e.getKey()) ? String.format(Locale.ROOT, "%.4f", before.get(e.getKey())) : "–", e.getValue())));
            b.append('\n');
        }
        AtomicFiles.writeString(directory.resolve("README.md"), b.toString().replace("\r\n", "\n"));
    }

    private static String how(RewardConfig config, Reward stage) {
        String names = String.join(", ", config.outputs());
        String scale = config.mean() == 0 && config.std() == 1 ? "" : String.format(Locale.ROOT, " Align4J then subtracts %s and divides by %s (`align4j_reward` in config.json).",
                config.mean(), config.std());
        if (stage.learns()) {
            return "The directory is the language model, trained along; its head is `reward_head.safetensors`." + scale + "\n\n";
        }
        return config.head().plain() ? "`AutoModelForSequenceClassification` reads it: prompt and response as the tokenizer joins them, closed by the end token. Outputs: " + names + "." + scale + "\n\n"
                : "`AutoModel` reads the model below the head, which is `reward_head.safetensors`. Outputs: " + names + "." + scale + "\n\n";
    }
}
