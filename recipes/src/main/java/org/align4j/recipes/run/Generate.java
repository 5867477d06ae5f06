package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Message;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.data.TextGroup;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.generate.SamplingOptions;
import org.align4j.core.generate.StopRule;
import org.align4j.core.model.config.ModelConfig;
import org.align4j.core.model.config.Position;
import org.align4j.core.text.Continued;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.recipes.cli.Commands;
import org.align4j.recipes.cli.Terminal;
import org.align4j.recipes.recipe.ModelSpec;

/** Generates text from prompts. One continuation is printed token by token; several are printed under a heading each, or as lines of JSON, a batch at a time. */
final class Generate {
    private final Commands.GenerateRequest request;
    private final PrintWriter out;
    private final PrintWriter err;

    private Generate(Commands.GenerateRequest request, Terminal terminal) {
        this.request = request;
        out = terminal.out();
        err = terminal.err();
    }

    static void run(Commands.GenerateRequest request, Terminal terminal) {
        ModelSpec spec = Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend());
        try (ModelSession session = ModelSession.open(spec)) {
            Generate g = new Generate(request, terminal);
            List<Text> prompts = g.prompts();
            List<Request> requests = g.requests(prompts, session);
            session.warnings().forEach(terminal.err()::println);
            session.load(spec, 0);
            g.generate(prompts, requests, session);
        }
    }

    /** The prompts as they will be encoded. */
    private List<Text> prompts() {
        if (request.promptsFile().isEmpty()) {
            return request.prompts().stream().map(p -> request.chat() ? chat(p) : new Text.Plain(p)).toList();
        }
        DataSettings settings = DataSettings.of(TaskKind.PROMPT).withRendering(request.chat() ? DataSettings.Rendering.CHAT : DataSettings.Rendering.AUTO);
        return new DataLoader(settings).read(request.promptsFile().get()).groups().stream().map(TextGroup::prompt).toList();
    }

    private static Text chat(String prompt) {
        return new Text.Chat(List.of(new Message("user", prompt)));
    }

    private List<Request> requests(List<Text> prompts, ModelSession session) {
        ModelConfig config = session.config();
        SplittableRandom seeds = new SplittableRandom(request.sampling().seed());
        List<Request> requests = new ArrayList<>();
        for (Text prompt : prompts) {
            int[] ids = ids(prompt, session.encoder());
            if (ids.length == 0) {
                throw new UserException("Prompt " + (requests.size() + 1) + " has no token, and the tokenizer puts none in front of it. Give at least one character.");
            }
            long length = (long) ids.length + request.sampling().maxNewTokens() - 1;
            if (config.position() == Position.LEARNED && length > config.maxPositions()) {
                throw new UserException("Prompt " + (requests.size() + 1) + " has " + ids.length + " tokens; with --max-new-tokens " + request.sampling().maxNewTokens()
                        + " that exceeds the " + config.maxPositions() + " positions of this model. Shorten it, or lower --max-new-tokens to "
                        + Math.max(0, config.maxPositions() - ids.length + 1) + ".");
            }
            requests.add(new Request(ids, request.sampling().samples(), seeds.nextLong()));
        }
        return requests;
    }

    private int[] ids(Text prompt, TextEncoder encoder) {
        if (encoder != null) {
            return encoder.encodePrompt(prompt);
        }
        if (prompt instanceof Text.Ids ids) {
            return ids.ids();
        }
        throw new UserException(request.model() + " has no tokenizer.json, so text cannot be read or written. Give --prompts FILE with rows of prompt_ids, or add the tokenizer.");
    }

    private void generate(List<Text> prompts, List<Request> requests, ModelSession session) {
        TextEncoder encoder = session.encoder();
        Set<Integer> ends = ModelTextEncoder.endIds(encoder, session.config().vocabSize());
        Commands.Sampling s = request.sampling();
        SamplingOptions options = new SamplingOptions(s.maxNewTokens(), s.temperature(), s.topK(), s.topP(), s.minP(), ends, true, s.repetitionPenalty());
        try (Sampled sampled = request.draft().isPresent() ? new Speculated(session, request, options) : new Plain(new Generator(session.model(), options))) {
            if (requests.size() == 1 && s.samples() == 1 && encoder != null && !request.json()) {
                Continued text = new Continued(encoder, requests.get(0).prompt(), s.stop());
                Result r = sampled.generate(requests, new Streaming(stopRule(encoder), text, out)).get(0);
                out.println(text.rest(r.content()));
                out.flush();
            } else {
                batches(prompts, requests, encoder, sampled);
            }
            sampled.report().ifPresent(err::println);
        }
    }

    /** As many prompts at a time as fill the batch, so that answers appear while others are still to come. */
    private void batches(List<Text> prompts, List<Request> requests, TextEncoder encoder, Sampled sampled) {
        Responses responses = request.json() ? new JsonResponses(prompts, requests, encoder, request.sampling().stop(), out)
                : new TextResponses(prompts, requests, encoder, request.sampling(), out);
        int chunk = Math.max(1, BatchLimits.DEFAULT.maxBatch() / request.sampling().samples());
        for (int from = 0; from < requests.size(); from += chunk) {
            for (Result r : sampled.generate(requests.subList(from, Math.min(requests.size(), from + chunk)), stopRule(encoder))) {
                responses.print(from + r.request(), r);
            }
            out.flush();
        }
    }

    /** Where continuations come from. */
    interface Sampled extends AutoCloseable {
        List<Result> generate(List<Request> requests, StopRule stop);

        /** What there is to say at the end. */
        default Optional<String> report() {
            return Optional.empty();
        }

        @Override
        default void close() {}
    }

    private record Plain(Generator generator) implements Sampled {
        @Override
        public List<Result> generate(List<Request> requests, StopRule stop) {
            return generator.withStopRule(stop).generate(requests);
        }
    }

    /** Prints one response. */
    interface Responses {
        void print(int prompt, Result result);
    }

    private StopRule stopRule(TextEncoder encoder) {
        if (request.sampling().stop().isEmpty()) {
            return StopRule.NEVER;
        }
        if (encoder == null) {
            throw new UserException("--stop needs text, but " + request.model() + " has no tokenizer.json. Leave --stop out, or add the tokenizer.");
        }
        return StopRule.text(encoder::decode, request.sampling().stop());
    }
}
