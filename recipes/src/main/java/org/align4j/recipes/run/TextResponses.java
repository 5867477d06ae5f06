package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.generate.FinishReason;
import org.align4j.core.generate.Request;
import org.align4j.core.generate.Result;
import org.align4j.core.text.Continued;
import org.align4j.recipes.cli.Commands;

/**
 * Responses for people: under a heading each.
 *
 * @param encoder null for models without a tokenizer, whose token ids are printed
 */
record TextResponses(List<Text> prompts, List<Request> requests, TextEncoder encoder, Commands.Sampling sampling, PrintWriter out) implements Generate.Responses {
    @Override
    public void print(int prompt, Result r) {
        String sample = sampling.samples() == 1 ? "" : ", sample " + (r.sample() + 1);
        String cut = r.reason() == FinishReason.LENGTH ? ", cut at " + sampling.maxNewTokens() + " tokens" : "";
        out.println("--- prompt " + (prompt + 1) + sample + cut + ": " + shown(prompts.get(prompt)));
        out.println(encoder == null ? Arrays.toString(r.content()) : new Continued(encoder, requests.get(prompt).prompt(), sampling.stop()).whole(r.content()));
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
