package org.align4j.core.architecture;

import ai.djl.huggingface.tokenizers.Encoding;
import org.bytedeco.javacpp.Pointer;

/** Breaks the rules on purpose: native types outside the backends, another's tokenizer, printing, ending the process. */
final class CoreThatKnowsTooMuch {
    Pointer pointer;
    Encoding encoding;

    void leave() {
        System.out.println("leaving");
        System.exit(0);
    }
}
