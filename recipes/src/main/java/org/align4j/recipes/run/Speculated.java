package org.align4j.recipes.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.align4j.core.UserException;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.Speculation;
import org.align4j.core.generate.SpeculativeGenerator;
import org.align4j.core.generate.StopRule;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.recipe.ModelSpec;

/** Continuations with the help of a draft model, which it opens and closes. */
final class Speculated implements Generate.Sampled {
    private final ModelSession draft;
    private final SpeculativeGenerator generator;
    private long proposed;
    private long accepted;
    private long rounds;
    private long tokens;
    private double seconds;

    Speculated(ModelSession target, Commands.GenerateRequest request, SamplingOptions options) {
        Commands.Draft wanted = request.draft().orElseThrow();
        ModelSpec spec = Models.spec(wanted.model(), request.chatTemplate(), request.precision(), request.backend());
        draft = ModelSession.open(spec);
        try {
            requireSameVocabulary(target, draft, wanted.model());
            draft.load(spec, 0);
            generator = new SpeculativeGenerator(target.model(), draft.model(), wanted.tokens(), options);
        } catch (RuntimeException e) {
            draft.close();
            throw e;
        }
    }

    private static void requireSameVocabulary(ModelSession target, ModelSession draft, Path directory) {
        int size = target.config().vocabSize();
        if (draft.config().vocabSize() != size) {
            throw new UserException("--draft " + directory + " has a vocabulary of " + draft.config().vocabSize() + " tokens, the model one of " + size
                    + ". Choose a smaller model of the same family.");
        }
        TextEncoder a = target.encoder();
        TextEncoder b = draft.encoder();
        for (int id = 0; a != null && b != null && id < size; id++) {
            String x = a.decode(new int[] {id});
            String y = b.decode(new int[] {id});
            if (!x.equals(y)) {
                throw new UserException("--draft " + directory + " has another vocabulary: token " + id + " is \"" + y + "\" there and \"" + x
                        + "\" in the model. Choose a smaller model of the same family.");
            }
        }
    }

    @Override
    public List<Result> generate(List<Request> requests, StopRule stop) {
        long began = System.nanoTime();
        Speculation found = generator.withStopRule(stop).generate(requests);
        seconds += (System.nanoTime() - began) * 1e-9;
        proposed += found.proposed();
        accepted += found.accepted();
        rounds += found.rounds();
        found.results().forEach(r -> tokens += r.tokens().length);
        return found.results();
    }

    @Override
    public Optional<String> report() {
        Speculation all = new Speculation(List.of(), proposed, accepted, rounds);
        return Optional.of(String.format(Locale.ROOT, "Draft: %d of %d proposed tokens accepted (%.0f %%), %.2f tokens per look of the model; %d tokens in %.2f s, %.1f tokens/s.",
                accepted, proposed, 100 * all.acceptanceRate(), all.tokensPerRound(), tokens, seconds, tokens / seconds));
    }

    @Override
    public void close() {
        draft.close();
    }
}
