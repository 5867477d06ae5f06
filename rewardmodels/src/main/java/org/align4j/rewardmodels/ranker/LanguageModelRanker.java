package org.align4j.rewardmodels.ranker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.align4j.core.io.Digests;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * A language model as judge of two answers: ρ(x, y₁, y₂) = P("A") among {"A", "B"} as the next token after a text that lists the prompt and both answers.
 * A judge may favour the first place or the second, so both orders are asked: Ψ_ij = ½ (ρ(x, y_i, y_j) + 1 − ρ(x, y_j, y_i)).
 * What comparisons share is computed once.
 *
 * <p>SLiC-HF (<a href="https://arxiv.org/abs/2305.10425">Zhao et al., 2023</a>) and RSO (<a href="https://arxiv.org/abs/2309.06657">Liu et al., 2023</a>)
 * train the judge for this with {@link RankerRows}.
 */
public final class LanguageModelRanker implements Ranker {
    private final JudgeModel judge;
    private final JudgeTemplate template;
    private final WordChoice choice;

    /** @param judge closed with this ranker */
    public LanguageModelRanker(JudgeModel judge, JudgeTemplate template) {
        this.judge = Objects.requireNonNull(judge, "judge");
        this.template = Objects.requireNonNull(template, "template");
        this.choice = new WordChoice(judge, template);
    }

    @Override
    public double[][] preferences(Question question) {
        String prompt = PromptText.of(question.prompt());
        List<Answer> answers = question.answers();
        int n = answers.size();
        double[][] psi = new double[n][n];
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            psi[i][i] = 0.5;
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    texts.add(template.fill(prompt, answers.get(i).text(), answers.get(j).text()));
                }
            }
        }
        if (n == 1) {
            return psi;
        }
        double[] first = choice.yes(texts, n - 1);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double inOrder = first[i * (n - 1) + j];
                double swapped = first[j * (n - 1) + i - 1];
                psi[i][j] = (inOrder + 1 - swapped) / 2;
                psi[j][i] = 1 - psi[i][j];
            }
        }
        return psi;
    }

    @Override
    public double[] against(Question question, Answer other) {
        String prompt = PromptText.of(question.prompt());
        List<String> texts = new ArrayList<>();
        question.answers().forEach(a -> texts.add(template.fill(prompt, a.text(), other.text())));
        question.answers().forEach(a -> texts.add(template.fill(prompt, other.text(), a.text())));
        int n = question.answers().size();
        double[] first = choice.yes(texts, n);
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            out[i] = (first[i] + 1 - first[n + i]) / 2;
        }
        return out;
    }

    @Override
    public String name() {
        return "judge " + judge.name();
    }

    @Override
    public String digest() {
        return Digests.sha256(("judge of pairs 1\n" + judge.digest() + "\n" + template).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        judge.close();
    }
}
