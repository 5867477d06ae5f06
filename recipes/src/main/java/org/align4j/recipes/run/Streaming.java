package org.align4j.recipes.run;

import java.io.PrintWriter;
import java.util.Arrays;
import org.align4j.core.generate.StopRule;
import org.align4j.core.text.Continued;

/** Prints a single continuation while it grows; stops when another rule says so. */
record Streaming(StopRule rule, Continued text, PrintWriter out) implements StopRule {
    @Override
    public boolean stops(int[] tokens, int count) {
        out.print(text.next(Arrays.copyOf(tokens, count)));
        out.flush();
        return rule.stops(tokens, count);
    }
}
