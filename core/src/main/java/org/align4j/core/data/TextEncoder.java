package org.align4j.core.data;

/** Turns text into token ids; the boundary between prompt and response is exact, and never more than one beginning-of-text token stands in front. */
public interface TextEncoder {

    /** Tokenises a prompt and a response that continues it, the end-of-turn token included in the response. */
    Encoding encode(Text prompt, Text response);

    /** Tokenises a prompt alone, ready for generation (the template's generation prompt appended for chats). */
    int[] encodePrompt(Text prompt);

    /** Text of token ids, special tokens left out. */
    String decode(int[] ids);

    /** Size of the vocabulary the ids come from: every id is below it. */
    int vocabularySize();
}
