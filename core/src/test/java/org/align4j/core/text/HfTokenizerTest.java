package org.align4j.core.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.align4j.core.UserException;
import org.align4j.core.data.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HfTokenizerTest {
    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama2", "qwen2"})
    void idsEqualLlamaCpps(String name) throws Exception {
        Path directory = Shared.directory("tokenizers/" + name);
        String[] texts = Files.readString(directory.resolve("llamacpp.inp")).split("\n__ggml_vocab_test__\n", -1);
        String[] ids = Files.readString(directory.resolve("llamacpp.out")).split("\n", -1);
        assertEquals(47, texts.length);
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            for (int i = 0; i < texts.length; i++) {
                int[] expected = ids[i].isBlank() ? new int[0] : Arrays.stream(ids[i].trim().split(" +")).mapToInt(Integer::parseInt).toArray();
                assertArrayEquals(expected, tokenizer.encode(texts[i]), name + " case " + i + ": " + texts[i]);
                if (!name.equals("llama2")) {
                    assertEquals(texts[i], tokenizer.decode(expected, false), name + " case " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama", "makemore-gpt2-names"})
    void idsOfTrainedModels(String name) throws Exception {
        Path directory = Shared.directory("models/" + name);
        JsonNode golden = JsonMapper.builder().build().readTree(Files.readString(directory.resolve("golden.json")));
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            assertTrue(tokenizer.addBosToken());
            int decoded = 0;
            for (JsonNode c : golden.get("cases")) {
                int[] expected = IntStream.range(0, c.get("ids").size()).map(i -> c.get("ids").get(i).asInt()).toArray();
                int[] withoutBos = Arrays.copyOfRange(expected, 1, expected.length);
                assertEquals(tokenizer.bosId().getAsInt(), expected[0]);
                int[] ids = tokenizer.encode(c.get("text").asString());
                // Sequences longer than the context of the model were cut there.
                assertTrue(ids.length == withoutBos.length || expected.length == 256, "ids: " + ids.length);
                assertArrayEquals(withoutBos, Arrays.copyOf(ids, withoutBos.length));
                // The character model has no token for some characters; then the unknown token stands for them.
                if (Arrays.stream(ids).noneMatch(id -> id == 0)) {
                    assertEquals(c.get("text").asString(), tokenizer.decode(ids, true));
                    decoded++;
                }
            }
            assertTrue(decoded >= 2);
        }
    }

    @Test
    void longTextIsNeitherTruncatedNorPadded() {
        try (HfTokenizer tokenizer = HfTokenizer.load(Shared.directory("tokenizers/gpt2"))) {
            assertEquals(5000, tokenizer.encode(" the".repeat(5000)).length);
            assertEquals(0, tokenizer.encode("").length);
        }
    }

    @Test
    void namesOfTokensMayBeStringsOrObjects() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/smollm2"))) {
            assertEquals(2, t.eosId().getAsInt());
            assertEquals(1, t.bosId().getAsInt());
            assertFalse(t.addBosToken());
            assertEquals(49152, t.vocabularySize());
            assertTrue(t.specialIds().containsAll(Set.of(0, 1, 2, 16)));
            assertTrue(t.chatTemplate().contains("named SmolLM"));
            assertArrayEquals(new int[] {1}, t.encode("<|im_start|>"));
            assertEquals("hi", t.decode(new int[] {1, t.encode("hi")[0], 2}, true));
        }
        try (HfTokenizer t = Shared.with(temp, "tokenizers/llama2", Map.of("tokenizer_config.json",
                "{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": null, \"add_bos_token\": false}",
                "special_tokens_map.json", "{\"eos_token\": \"</s>\"}", "generation_config.json", "{\"eos_token_id\": [2, 5]}"))) {
            assertFalse(t.addBosToken());
            assertEquals(2, t.eosId().getAsInt());
            assertEquals(Set.of(2, 5), t.eosIds());
            assertEquals(Map.of("bos_token", "<s>"), t.namedTokens());
        }
    }

    @Test
    void postProcessorSaysWhetherBosIsAddedWhenNothingElseDoes() {
        try (HfTokenizer t = Shared.with(temp, "tokenizers/llama2", Map.of("tokenizer_config.json", "{\"bos_token\": \"<s>\"}"))) {
            assertTrue(t.addBosToken());
            assertArrayEquals(new int[] {15043}, t.encode("Hello"));
        }
    }

    @Test
    void realQwenConfigurations() throws Exception {
        Path qwen = Shared.directory("tokenizers/qwen2");
        try (HfTokenizer t = Shared.with(temp, "tokenizers/qwen2",
                Map.of("tokenizer_config.json", Files.readString(qwen.resolve("tokenizer_config.qwen2.5.json"))))) {
            assertEquals(151645, t.eosId().getAsInt());
            assertTrue(t.bosId().isEmpty());
            assertFalse(t.addBosToken());
        }
    }

    @Test
    void namedTemplatesAndBrokenFiles() {
        Map<String, String> named = Map.of("tokenizer_config.json",
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"T\"}, {\"name\": \"default\", \"template\": \"D\"}]}");
        try (HfTokenizer t = Shared.with(temp, "tokenizers/gpt2", named)) {
            assertEquals("D", t.chatTemplate());
        }
        assertMessage("special", "eos_token", () -> Shared.with(temp, "tokenizers/gpt2", Map.of("tokenizer_config.json", "{\"eos_token\": \"<special>\"}")));
        assertMessage("tokenizer_config.json", "not valid JSON", () -> Shared.with(temp, "tokenizers/gpt2", Map.of("tokenizer_config.json", "{")));
        assertMessage("99999999", "eos_token_id", () -> Shared.with(temp, "tokenizers/gpt2",
                Map.of("tokenizer_config.json", "{}", "config.json", "{\"eos_token_id\": 99999999}")));
    }

    @Test
    void unusableDirectories() throws Exception {
        assertMessage("No tokenizer.json", temp.toString(), () -> HfTokenizer.load(temp));
        Files.writeString(temp.resolve("tokenizer.json"), "{\"model\": 3}");
        assertMessage("tokenizer.json", "not a tokenizer", () -> HfTokenizer.load(temp));
    }

    @Test
    void brokenUnicodeIsRefusedAndTheRestRoundTrips() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("tokenizers/gpt2"))) {
            assertMessage("U+D83D", "character 3", () -> t.encode("abc\ud83d"));
            assertMessage("U+DE00", "character 0", () -> t.encode("\ude00abc"));
            RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
            for (int i = 0; i < 200; i++) {
                StringBuilder text = new StringBuilder();
                for (int j = random.nextInt(30); j > 0; j--) {
                    int c = random.nextInt(4) == 0 ? random.nextInt(0x10ffff) : random.nextInt(0x250);
                    text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 'x' : c);
                }
                assertEquals(text.toString(), t.decode(t.encode(text.toString()), false));
            }
        }
    }

    @Test
    void idsOutsideTheVocabularyAndUnknownCharactersAreRefused() {
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("models/makemore-gpt2-names"))) {
            assertEquals(27, t.vocabularySize());
            assertMessage("27", "position 1", () -> t.decode(new int[] {1, 27}, false));
            DataException e = assertThrows(DataException.class, () -> t.encode("Emma"));
            assertTrue(e.getMessage().contains("'E'"), e.getMessage());
        }
        try (HfTokenizer t = HfTokenizer.load(Shared.directory("models/stories260K"))) {
            String text = "\u00e9\ud83d\ude00 \u4e2d a\nb";
            assertEquals(text, t.decode(t.encode(text), false));
        }
    }

    private static void assertMessage(String one, String other, org.junit.jupiter.api.function.Executable action) {
        UserException e = assertThrows(UserException.class, action);
        assertTrue(e.getMessage().contains(one) && e.getMessage().contains(other), e.getMessage());
    }
}
