package org.align4j.core.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.data.DataException;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Message;
import org.align4j.core.data.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTextEncoderTest {
    private static final String LLAMA = "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"add_bos_token\": true}";
    private static final Clock CLOCK = Clock.systemUTC();
    private static final Text USER = new Text.Chat(List.of(new Message("user", "Hi there")));
    private static final Text REPLY = new Text.Chat(List.of(new Message("assistant", "Hello!")));
    @TempDir
    Path temp;

    @Test
    void aTokenAcrossTheBoundaryIsCutThere() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/gpt2"))) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, null);
            Encoding e = encoder.encode(plain("un"), plain("believable story"));
            assertEquals(1, t.encode(" unbelievable").length);
            assertArrayEquals(t.encode("un"), e.prompt());
            assertArrayEquals(t.encode("believable story"), e.response());
            assertFalse(e.ended(), "this directory names no end-of-text token");
            assertArrayEquals(t.encode("A cat sat"), concat(encoder.encode(plain("A cat"), plain(" sat"))));
        }
    }

    @Test
    void qwenNormalisesAcrossTheBoundary() {
        try (HfTokenizer t = Shared.with(temp, "tokenizers/qwen2", Map.of())) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, null);
            // e + combining acute is one letter once composed, which no prompt id may depend on.
            Encoding e = encoder.encode(plain("cafe"), plain("\u0301!"));
            assertArrayEquals(t.encode("cafe"), e.prompt());
            assertEquals("\u0301!", t.decode(e.response(), false));
            Encoding newlines = encoder.encode(plain("a\n"), plain("\nb"));
            assertArrayEquals(t.encode("a\n"), newlines.prompt());
            assertArrayEquals(t.encode("\nb"), newlines.response());
        }
    }

    @Test
    void llamaGetsNoSpuriousSpaceInTheResponse() {
        try (HfTokenizer t = Shared.with(temp, "tokenizers/llama2", Map.of("tokenizer_config.json", LLAMA))) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, null);
            for (String[] pair : new String[][] {{"Hello", " world"}, {"Say:", "yes"}, {"un", "believable"}, {"Hel", "lo"}, {"a\n", "\nb"}, {"x ", " y"}, {"2", "2"},
                    {"", "Hello"}, {"Question?", ""}}) {
                Encoding e = encoder.encode(plain(pair[0]), plain(pair[1]));
                assertEquals(1, e.prompt()[0]);
                assertArrayEquals(t.encode(pair[0]), Arrays.copyOfRange(e.prompt(), 1, e.prompt().length));
                assertTrue(e.ended());
                assertEquals(2, e.response()[e.response().length - 1]);
                assertEquals(pair[0] + pair[1], t.decode(concat(e), true), "prompt and response read as one text");
                assertArrayEquals(e.prompt(), encoder.encodePrompt(plain(pair[0])));
            }
        }
    }

    @Test
    void neverTwoBeginningsNorTwoEnds() {
        try (HfTokenizer t = Shared.with(temp, "tokenizers/llama2", Map.of("tokenizer_config.json", LLAMA))) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, null);
            Encoding e = encoder.encode(plain("<s>Hello"), plain(" world</s>"));
            assertEquals(1, Arrays.stream(concat(e)).filter(id -> id == 1).count());
            assertEquals(1, Arrays.stream(concat(e)).filter(id -> id == 2).count());
            ChatTemplate own = ChatTemplate.parse("own", "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
                    + "{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}", t.namedTokens(), CLOCK);
            Encoding chat = new ModelTextEncoder(t, own).encode(USER, REPLY);
            assertEquals(1, Arrays.stream(concat(chat)).filter(id -> id == 1).count());
            assertEquals(1, Arrays.stream(concat(chat)).filter(id -> id == 2).count());
            assertEquals(2, chat.response()[chat.response().length - 1]);
            for (String name : List.of("plain", "alpaca")) {
                Encoding builtIn = new ModelTextEncoder(t, ChatTemplate.named(name, t, CLOCK)).encode(USER, REPLY);
                assertEquals(1, builtIn.prompt()[0], name);
                assertEquals(1, Arrays.stream(concat(builtIn)).filter(id -> id == 1).count(), name);
                assertEquals(1, Arrays.stream(concat(builtIn)).filter(id -> id == 2).count(), name);
                assertTrue(builtIn.ended());
            }
        }
    }

    @Test
    void smolChatEndsWithItsEndOfTurnToken() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/smollm2"))) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, ChatTemplate.ofModel(t, CLOCK));
            Encoding e = encoder.encode(USER, REPLY);
            assertEquals("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                    + "<|im_start|>user\nHi there<|im_end|>\n<|im_start|>assistant\n", t.decode(e.prompt(), false));
            assertEquals("Hello!<|im_end|>", t.decode(e.response(), false));
            assertTrue(e.ended());
            assertArrayEquals(e.prompt(), encoder.encodePrompt(USER));
            assertArrayEquals(e.response(), encoder.encode(USER, plain("Hello!")).response());
            assertEquals("Hello!", encoder.decode(e.response()));
            Encoding newline = encoder.encode(USER, plain("\n\nHello"));
            assertArrayEquals(e.prompt(), newline.prompt());
            assertEquals("\n\nHello<|im_end|>", t.decode(newline.response(), false));
            Encoding spoof = encoder.encode(USER, plain("a<|im_end|>b"));
            assertEquals("a<|im_end|>b<|im_end|>", t.decode(spoof.response(), false));
        }
    }

    @Test
    void realQwenTemplates() throws Exception {
        Path qwen = Shared.directory("tokenizers/qwen2");
        for (String version : List.of("qwen2.5", "qwen3")) {
            try (HfTokenizer t = Shared.with(temp, "tokenizers/qwen2",
                    Map.of("tokenizer_config.json", Files.readString(qwen.resolve("tokenizer_config." + version + ".json"))))) {
                ModelTextEncoder encoder = new ModelTextEncoder(t, ChatTemplate.ofModel(t, CLOCK));
                Encoding e = encoder.encode(USER, REPLY);
                assertTrue(t.decode(e.prompt(), false).endsWith("<|im_start|>user\nHi there<|im_end|>\n<|im_start|>assistant\n"), version);
                String response = t.decode(e.response(), false);
                assertTrue(response.endsWith("Hello!<|im_end|>"), response);
                assertTrue(e.ended());
            }
        }
    }

    @Test
    void aConversationWithoutATemplateSaysWhatToDo() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/gpt2"))) {
            UserException e = assertThrows(DataException.class, () -> new ModelTextEncoder(t, null).encode(USER, REPLY));
            assertTrue(e.getMessage().contains("chat_template") && e.getMessage().contains("alpaca, chatml, plain"), e.getMessage());
            e = assertThrows(UserException.class, () -> ChatTemplate.named("chatml", t, CLOCK));
            assertTrue(e.getMessage().contains("<|im_start|>"), e.getMessage());
            e = assertThrows(UserException.class, () -> ChatTemplate.named("chatlm", t, CLOCK));
            assertTrue(e.getMessage().contains("alpaca, chatml, plain"), e.getMessage());
        }
    }

    @Test
    void builtInTemplates() throws Exception {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/smollm2"))) {
            List<Message> turns = List.of(new Message("system", "S"), new Message("user", "U"), new Message("assistant", "A"), new Message("user", "V"));
            assertEquals("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nV<|im_end|>\n"
                    + "<|im_start|>assistant\n", ChatTemplate.named("chatml", t, CLOCK).render(turns, true).text());
            assertEquals("S\nU\nA<|im_end|>\nV\n", ChatTemplate.named("plain", t, CLOCK).render(turns, true).text());
            assertEquals("S\nU\nA<|im_end|>\nV", ChatTemplate.named("plain", t, CLOCK).render(turns, false).text());
            assertEquals("S\n\n### Instruction:\nU\n\n### Response:\nA<|im_end|>\n\n### Instruction:\nV\n\n### Response:\n",
                    ChatTemplate.named("alpaca", t, CLOCK).render(turns, true).text());
            Path file = Files.writeString(temp.resolve("my.jinja"), "{{ messages[0].content }}{{ x }}");
            assertEquals("S7", ChatTemplate.named(file.toString(), t, CLOCK).with("x", 7).render(turns, true).text());
            for (String name : List.of("chatml", "plain", "alpaca")) {
                Encoding e = new ModelTextEncoder(t, ChatTemplate.named(name, t, CLOCK)).encode(USER, REPLY);
                assertEquals("Hello!<|im_end|>", t.decode(e.response(), false), name);
            }
        }
    }

    @Test
    void aTemplateThatChangesItsPromptIsRefused() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/smollm2"))) {
            ChatTemplate thinking = ChatTemplate.parse("thinking", "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                    + "{% if add_generation_prompt %}assistant: <think>{% endif %}", Map.of(), CLOCK);
            DataException e = assertThrows(DataException.class, () -> new ModelTextEncoder(t, thinking).encode(USER, REPLY));
            assertTrue(e.getMessage().contains("thinking") && e.getMessage().contains("\"<think>\"") && e.getMessage().contains("\"Hello!"), e.getMessage());
        }
    }

    @Test
    void idsPassThroughAndFormsDoNotMix() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/smollm2"))) {
            ModelTextEncoder encoder = new ModelTextEncoder(t, null);
            Encoding e = encoder.encode(new Text.Ids(new int[] {5, 6}), new Text.Ids(new int[] {7, 2}));
            assertArrayEquals(new int[] {5, 6, 7, 2}, concat(e));
            assertTrue(e.ended());
            assertFalse(encoder.encode(new Text.Ids(new int[] {5}), new Text.Ids(new int[] {7})).ended());
            assertThrows(DataException.class, () -> encoder.encodePrompt(new Text.Ids(new int[] {49152})));
            assertThrows(DataException.class, () -> encoder.encode(plain("a"), REPLY));
            assertThrows(DataException.class, () -> encoder.encode(plain("a"), plain("\ud83d")));
        }
    }

    private static Text plain(String text) {
        return new Text.Plain(text);
    }

    private static int[] concat(Encoding e) {
        int[] all = Arrays.copyOf(e.prompt(), e.prompt().length + e.response().length);
        System.arraycopy(e.response(), 0, all, e.prompt().length, e.response().length);
        return all;
    }
}
