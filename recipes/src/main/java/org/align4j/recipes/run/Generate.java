package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.align4j.core.UserException;
import org.align4j.core.data.DataLoader;
import org.align4j.core.data.DataSettings;
import org.align4j.core.data.Message;
import org.align4j.core.data.TaskKind;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.data.TextGroup;
import org.align4j.core.generate.BatchLimits;
import org.align4j.core.generate.FinishReason;
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

/** Generates text from prompts. One continuation is printed token by token; several are printed under a heading each, a batch at a time. */
final class Generate {
    private final Commands.GenerateRequest request;
    private final PrintWriter out;

    private Generate(Commands.GenerateRequest request, PrintWriter out) {
        this.request = request;
        this.out = out;
    }

    static void run(Commands.GenerateRequest request, Terminal terminal) {
        ModelSpec spec = Models.spec(request.model(), request.chatTemplate(), request.precision(), request.backend());
        try (ModelSession session = ModelSession.open(spec)) {
            Generate g = new Generate(request, terminal.out());
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
        SplittableRandom seeds = new SplittableRandom(request.seed());
        List<Request> requests = new ArrayList<>();
        for (Text prompt : prompts) {
            int[] ids = ids(prompt, session.encoder());
            if (ids.length == 0) {
                throw new UserException("Prompt " + (requests.size() + 1) + " has no token, and the tokenizer puts none in front of it. Give at least one character.");
            }
            long length = (long) ids.length + request.maxNewTokens() - 1;
            if (config.position() == Position.LEARNED && length > config.maxPositions()) {
                throw new UserException("Prompt " + (requests.size() + 1) + " has " + ids.length + " tokens; with --max-new-tokens " + request.maxNewTokens()
                        + " that exceeds the " + config.maxPositions() + " positions of this model. Shorten it, or lower --max-new-tokens to "
                        + Math.max(0, config.maxPositions() - ids.length + 1) + ".");
            }
            requests.add(new Request(ids, request.samples(), seeds.nextLong()));
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
        Set<Integer> ends = new TreeSet<>();
        if (encoder instanceof ModelTextEncoder m) {
            m.endIds().stream().filter(id -> id < session.config().vocabSize()).forEach(ends::add);
        }
        SamplingOptions options = new SamplingOptions(request.maxNewTokens(), request.temperature(), request.topK(), request.topP(), 0, ends, true);
        Generator generator = new Generator(session.model(), options).withStopRule(stopRule(encoder));
        if (requests.size() == 1 && request.samples() == 1 && encoder != null) {
            Continued text = new Continued(encoder, requests.get(0).prompt(), request.stop());
            Result r = generator.withStopRule(new Streaming(stopRule(encoder), text, out)).generate(requests).get(0);
            out.println(text.rest(r.content()));
            out.flush();
            return;
        }
        // As many prompts at a time as fill the batch, so that answers appear while others are still to come.
        int chunk = Math.max(1, BatchLimits.DEFAULT.maxBatch() / request.samples());
        for (int from = 0; from < requests.size(); from += chunk) {
            for (Result r : generator.generate(requests.subList(from, Math.min(requests.size(), from + chunk)))) {
                print(from + r.request(), prompts, requests, r, encoder);
            }
        }
    }

    private StopRule stopRule(TextEncoder encoder) {
        if (request.stop().isEmpty()) {
            return StopRule.NEVER;
        }
        if (encoder == null) {
            throw new UserException("--stop needs text, but " + request.model() + " has no tokenizer.json. Leave --stop out, or add the tokenizer.");
        }
        return StopRule.text(encoder::decode, request.stop());
    }

    private void print(int index, List<Text> prompts, List<Request> requests, Result r, TextEncoder encoder) {
        String sample = request.samples() == 1 ? "" : ", sample " + (r.sample() + 1);
        String cut = r.reason() == FinishReason.LENGTH ? ", cut at " + request.maxNewTokens() + " tokens" : "";
        out.println("--- prompt " + (index + 1) + sample + cut + ": " + shown(prompts.get(index)));
        out.println(encoder == null ? java.util.Arrays.toString(r.content()) : new Continued(encoder, requests.get(index).prompt(), request.stop()).whole(r.content()));
        out.flush();
    }

    private static String shown(Text prompt) {
        String text;
        if (prompt instanceof Text.Plain p) {
            text = p.text();
        } else if (prompt instanceof Text.Chat c) {
            text = c.messages().get(c.messages().size() - 1).content();
        } else {
            text = ((Text.Ids) prompt).ids().length + " ids";
        }
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() > 60 ? line.substring(0, 57) + "..." : line;
    }
}
