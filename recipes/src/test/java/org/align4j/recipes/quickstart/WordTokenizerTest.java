package org.align4j.recipes.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.Encoding;
import org.align4j.core.data.Text;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.core.train.Streams;
import org.align4j.recipes.quickstart.ArithmeticTask.Split;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are read by the library that other tools read them with. */
class WordTokenizerTest {
    @TempDir
    Path directory;

    @Test
    void textsComeBackAsTheyWere() {
        List<String> texts = new ArrayList<>();
        Corpus corpus = new Corpus(Streams.of(3, "corpus", 0), 0.2);
        for (int i = 0; i < 2000; i++) {
            texts.add(corpus.next());
        }
        WordTokenizer words = WordTokenizer.of(texts);
        words.write(directory);
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            assertEquals(words.tokens().size(), tokenizer.vocabularySize());
            assertEquals(1, tokenizer.bosId().getAsInt());
            assertEquals(2, tokenizer.eosId().getAsInt());
            for (String text : texts) {
                int[] ids = tokenizer.encode(text);
                assertEquals(text, tokenizer.decode(ids, true));
                for (int id : ids) {
                    assertTrue(id >= WordTokenizer.SPECIAL.size(), text);
                }
            }
        }
    }

    @Test
    void aNumberIsOneToken() {
        WordTokenizer.of(List.of("Tom has 12 eggs. 12 + 3 = 15. #### 15")).write(directory);
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            assertEquals(5, tokenizer.encode("Tom has 12 eggs.").length);
            assertEquals(2, tokenizer.encode(" #### 15").length);
        }
    }

    @Test
    void promptAndSolutionMeetAtATokenBoundary() {
        List<Problem> problems = ArithmeticTask.problems(Split.TEST, 200, Streams.of(4, "test", 0));
        WordTokenizer.of(problems.stream().map(p -> p.prompt() + p.solution()).toList()).write(directory);
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            ModelTextEncoder encoder = new ModelTextEncoder(tokenizer, null);
            for (Problem p : problems) {
                Encoding e = encoder.encode(new Text.Plain(p.prompt()), new Text.Plain(p.solution()));
                assertEquals(1, e.prompt()[0]);
                assertEquals(p.prompt(), encoder.decode(e.prompt()));
                assertEquals(p.solution(), encoder.decode(e.response()));
                assertTrue(e.ended() && e.response()[e.response().length - 1] == 2);
            }
        }
    }

    @Test
    void unknownWordsAreSaidToBeUnknown() {
        WordTokenizer.of(List.of("Tom has 12 eggs.")).write(directory);
        try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
            int[] ids = tokenizer.encode("Zoe has 12 eggs.");
            assertEquals(WordTokenizer.SPECIAL.indexOf("<unk>"), ids[0]);
            assertEquals(" has 12 eggs.", tokenizer.decode(ids, true));
        }
    }
}
