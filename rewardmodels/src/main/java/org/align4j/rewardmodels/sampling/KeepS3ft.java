package org.align4j.rewardmodels.sampling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.internal.PromptText;

/**
 * Selective self-to-supervised fine-tuning: keeps one demonstration per prompt, in the model's own words wherever they say what the gold answer says. It is
 * the model's first answer if that is judged right; otherwise the model's paraphrase of the gold answer, if that is judged right; otherwise the gold answer.
 * Gupta et al., <a href="https://arxiv.org/abs/2502.08130">S3FT</a> (2025).
 *
 * @param policy   paraphrases; stays the caller's. The gold answer is the prompt's reference
 * @param judge    compares with the gold answer; stays the caller's
 * @param rightAt  a score at or above it is right
 * @param template what asks for a paraphrase, with the slots {@code {prompt}}, {@code {reference}} and {@code {answer}}, the model's own answer
 * @param options  how the paraphrase is sampled
 * @param stop     strings that end it
 */
public record KeepS3ft(Policy policy, Reward judge, double rightAt, String template, SamplingOptions options, List<String> stop) implements Keep {
    /** What asks for a paraphrase by default. */
    public static final String PARAPHRASE = """
            Below are a question, a correct answer to it, and an answer in your own words that is not correct. Write the correct answer in your own words.

            Question:
            {prompt}

            Correct answer:
            {reference}

            Your answer:
            {answer}

            The correct answer in your own words:
            """;

    /** Whose words the target is in. */
    private enum Source { OWN, PARAPHRASE, GOLD }

    public KeepS3ft {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(judge, "judge");
        Objects.requireNonNull(options, "options");
        stop = List.copyOf(stop);
        if (!template.contains("{reference}")) {
            throw new IllegalArgumentException("What asks for a paraphrase must have the slot {reference}, found none");
        }
    }

    @Override
    public List<Kept> of(List<SampledPrompt> prompts) {
        List<SampledPrompt> asked = prompts.stream().filter(p -> !right(p.answers().get(0))).toList();
        List<SampledAnswer> paraphrases = paraphrases(asked);
        List<Kept> kept = new ArrayList<>();
        int at = 0;
        for (SampledPrompt p : prompts) {
            if (right(p.answers().get(0))) {
                kept.add(kept(p.answers().get(0), Source.OWN));
            } else {
                SampledAnswer paraphrase = paraphrases.get(at++);
                kept.add(right(paraphrase) ? kept(paraphrase, Source.PARAPHRASE) : kept(gold(p.prompt()), Source.GOLD));
            }
        }
        return kept;
    }

    private boolean right(SampledAnswer a) {
        return a.score() >= rightAt;
    }

    private static Kept kept(SampledAnswer target, Source source) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (Source s : Source.values()) {
            numbers.put(s.name().toLowerCase(java.util.Locale.ROOT), s == source ? 1.0 : 0.0);
        }
        return new Kept(List.of(new Row.Demonstration(target)), numbers);
    }

    /** Paraphrases of the gold answers, judged. */
    private List<SampledAnswer> paraphrases(List<SampledPrompt> prompts) {
        if (prompts.isEmpty()) {
            return List.of();
        }
        List<Request> requests = new ArrayList<>();
        for (SampledPrompt p : prompts) {
            requests.add(Request.of(policy.encoder().encodePrompt(question(p)), p.seed()));
        }
        List<List<SampledAnswer>> answers = policy.answer(requests, options, stop, x -> { });
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Prompt p = prompts.get(i).prompt();
            questions.add(new Question(p.text(), List.of(answers.get(i).get(0).answer()), p.reference()));
        }
        List<double[]> scores = judge.score(questions);
        List<SampledAnswer> judged = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            judged.add(answers.get(i).get(0).withScore(scores.get(i)[0]));
        }
        return judged;
    }

    /** As the prompt is written: plain text, or a user's message. */
    private Text question(SampledPrompt p) {
        StringBuilder text = new StringBuilder();
        // One pass over the template: what fills a slot is not searched for slots.
        for (String part : template.split("(?<=})|(?=\\{)")) {
            text.append(switch (part) {
                case "{prompt}" -> PromptText.of(p.prompt().text());
                case "{reference}" -> reference(p.prompt());
                case "{answer}" -> p.answers().get(0).text();
                default -> part;
            });
        }
        return p.prompt().text() instanceof Text.Plain ? new Text.Plain(text.toString()) : new Text.Chat(List.of(new Message("user", text.toString())));
    }

    private SampledAnswer gold(Prompt p) {
        Encoding e = policy.encoder().encode(p.text(), new Text.Plain(reference(p)));
        return new SampledAnswer(p.reference(), e.response(), Double.NaN, e.ended() ? FinishReason.STOP_TOKEN : FinishReason.LENGTH, Double.NaN);
    }

    private static String reference(Prompt p) {
        if (p.reference() == null) {
            throw new org.align4j.core.UserException("S3FT needs the gold answer of every prompt, and " + PromptText.of(p.text()) + " has none. Give demonstrations as prompts.");
        }
        return p.reference();
    }

    @Override
    public Map<String, Object> identity() {
        Map<String, Object> m = new LinkedHashMap<>(policy.identity());
        m.put("keep", "s3ft 1");
        m.put("judge", judge.digest());
        m.put("right_at", rightAt);
        m.put("template", template);
        m.put("options", options.toString());
        m.put("stop", stop);
        return m;
    }
}
