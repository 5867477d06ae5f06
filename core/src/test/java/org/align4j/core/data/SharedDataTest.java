package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real files of every shape, with counts taken from the files' notes or by an independent script. */
class SharedDataTest {

    private static Path file(String name) {
        String shared = System.getProperty("align4j.shared", "");
        Path p = Path.of(shared.isEmpty() || shared.startsWith("$") ? "absent" : shared, "data", name);
        Assumptions.assumeTrue(Files.exists(p), "skipped: ../shared/data/" + name + " is not here");
        return p;
    }

    @ParameterizedTest
    @CsvSource({
        "rasbt-dpo/instruction-data-with-preference.json, PAIR, alpaca_preference, 1100, 1094, 6",
        "rasbt-dpo/instruction-data-with-preference.json, DEMONSTRATION, alpaca_preference, 1100, 1100, 0",
        "rasbt-dpo/instruction-data.json, DEMONSTRATION, alpaca, 1100, 1100, 0",
        "rasbt-dpo/instruction-data-with-response.json, DEMONSTRATION, alpaca, 110, 110, 0",
        "factory-demo/alpaca_en_demo.json, DEMONSTRATION, alpaca, 999, 999, 0",
        "factory-demo/alpaca_zh_demo.json, DEMONSTRATION, alpaca, 1000, 1000, 0",
        "factory-demo/identity.json, DEMONSTRATION, alpaca, 91, 91, 0",
        "factory-demo/c4_demo.jsonl, DEMONSTRATION, text, 300, 300, 0",
        "factory-demo/dpo_en_demo.json, PAIR, sharegpt_preference, 300, 300, 0",
        "factory-demo/dpo_zh_demo.json, PAIR, sharegpt_preference, 300, 300, 0",
        "factory-demo/kto_en_demo.json, UNPAIRED, messages, 300, 300, 0",
        "factory-demo/v1_dpo_demo.jsonl, PAIR, preference, 10, 10, 0",
        "factory-demo/v1_sft_demo.jsonl, DEMONSTRATION, messages, 500, 500, 0",
        "gsm8k/train.jsonl, DEMONSTRATION, question_answer, 7473, 7473, 0",
        "gsm8k/test.jsonl, PROMPT, question_answer, 1319, 1319, 0",
        "hh-rlhf-harmless-test/test.jsonl.gz, PAIR, hh, 2312, 2303, 9",
        "open-instruct-samples/preference_sample.jsonl, PAIR, preference, 100, 100, 0",
        "open-instruct-samples/sft_sample.jsonl, DEMONSTRATION, messages, 100, 100, 0",
        "open-instruct-samples/rlvr_sample.jsonl, PROMPT, messages, 100, 100, 0",
        "alpaca-eval/ranked_lists.jsonl, LIST, list, 300, 300, 0",
        "self-instruct/alpaca_5000.json, DEMONSTRATION, alpaca, 5000, 4998, 2",
        "self-instruct/alpaca_data_cleaned_1000.json, DEMONSTRATION, alpaca, 1000, 1000, 0",
        "self-instruct/seed_tasks.jsonl, DEMONSTRATION, self_instruct, 175, 175, 0",
        "self-instruct/user_oriented_instructions.jsonl, DEMONSTRATION, self_instruct, 252, 252, 0",
    })
    void counts(String name, TaskKind task, String format, long rows, long kept, long dropped) {
        DataReport r = new DataLoader(DataSettings.of(task)).load(file(name), new CharEncoder()).report();
        assertEquals(format, r.format().id());
        assertEquals(rows, r.rows());
        assertEquals(kept, r.kept(), r.toText());
        assertEquals(dropped, r.droppedTotal(), r.toText());
        assertTrue(r.tokens() > 0 && r.promptTokens().max() > 0);
    }

    @ParameterizedTest
    @CsvSource({"oasst-trees/en_100_tree.jsonl", "oasst-trees/en_100_message.jsonl"})
    void treesGiveTheRankedSiblingGroups(String name) {
        TextDataset lists = new DataLoader(DataSettings.of(TaskKind.LIST)).read(file(name));
        long more = lists.groups().stream().filter(g -> g.responses().size() > 2).count();
        // the note counts 211 fully ranked groups, 154 of them with more than two; one more group has some of its replies ranked
        long partly = lists.groups().size() - 211;
        assertEquals(1, partly);
        assertTrue(more == 154 || more == 155, "" + more);
        for (TextGroup g : lists.groups()) {
            for (int i = 1; i < g.responses().size(); i++) {
                assertTrue(g.responses().get(i - 1).score() > g.responses().get(i).score(), g.at().toString());
            }
        }
    }

    @Test
    void solutionsGiveCorrectAgainstWrong() {
        Path f = file("gsm8k/example_model_solutions.jsonl");
        DataReport best = new DataLoader(DataSettings.of(TaskKind.PAIR)).read(f).report();
        assertEquals(731, best.kept());
        assertEquals(588, best.dropped().get(DropReason.TIED).count());
        DataReport all = new DataLoader(DataSettings.of(TaskKind.PAIR).withPairs(DataSettings.Pairs.ALL)).read(f).report();
        assertEquals(2429, all.kept());
        DataReport right = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION)).read(f).report();
        assertEquals(887, right.kept());
        assertEquals(4 * 1319, new DataLoader(DataSettings.of(TaskKind.UNPAIRED)).read(f).report().kept());
    }

    @Test
    void transcriptsAreCutAtTheirLastSharedTurn() {
        Path f = file("hh-rlhf-harmless-test/test.jsonl.gz");
        TextDataset d = new DataLoader(DataSettings.of(TaskKind.PAIR)).read(f);
        assertEquals(5, d.report().dropped().get(DropReason.DIVERGING_TURNS).count());
        assertEquals(new Location(f.toString(), 1255), d.report().dropped().get(DropReason.DIVERGING_TURNS).first().get(0));
        assertEquals(4, d.report().dropped().get(DropReason.EMPTY_RESPONSE).count());
        for (TextGroup g : d.groups()) {
            String prompt = ((Text.Plain) g.prompt()).text();
            assertTrue(prompt.startsWith("\n\nHuman:") && prompt.endsWith("\n\nAssistant:"));
            for (TextGroup.Response r : g.responses()) {
                String text = ((Text.Plain) r.text()).text();
                assertTrue(!text.contains("\n\nHuman:") && !text.contains("\n\nAssistant:"));
            }
        }
        TextDataset chat = new DataLoader(DataSettings.of(TaskKind.PAIR).withRendering(DataSettings.Rendering.CHAT)).read(f);
        assertEquals(d.groups().size(), chat.groups().size());
        assertTrue(chat.groups().stream().allMatch(g -> g.prompt() instanceof Text.Chat c && c.messages().get(0).role().equals("user")));
    }

    @Test
    void toolDescriptionsAreNeverLostInSilence() {
        Path f = file("factory-demo/glaive_toolcall_en_demo.json");
        DataLoader plain = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION));
        assertTrue(assertThrows(DataException.class, () -> plain.read(f)).getMessage().contains("'tools'"));
        TextDataset d = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION).withTools(DataSettings.Tools.SYSTEM)).read(f);
        assertEquals(300, d.groups().size());
        assertTrue(((Text.Chat) d.groups().get(0).prompt()).messages().get(0).content().contains("search_recipes"));
    }

    @Test
    void everyAssistantTurnCanBeADemonstration() {
        DataSettings all = DataSettings.of(TaskKind.DEMONSTRATION).withTurns(DataSettings.Turns.ALL);
        assertEquals(66 + 2 * 34, new DataLoader(all).read(file("open-instruct-samples/sft_sample.jsonl")).groups().size());
    }

    @Test
    void scoredListsGivePairsAndBest() {
        Path f = file("alpaca-eval/ranked_lists.jsonl");
        TextDataset lists = new DataLoader(DataSettings.of(TaskKind.LIST).withIdentical(DataSettings.Policy.KEEP)).read(f);
        // two rows hold an empty response
        assertEquals(2, lists.groups().stream().filter(g -> g.responses().size() < 8).count());
        TextDataset pairs = new DataLoader(DataSettings.of(TaskKind.PAIR)).read(f);
        assertEquals(300, pairs.groups().size() + pairs.report().droppedTotal());
        for (int i = 0; i < 300; i++) {
            assertTrue(lists.groups().get(i).responses().get(0).score() >= lists.groups().get(i).responses().get(1).score());
        }
    }

    @Test
    void filesWithoutAShapeSaySo() {
        for (String name : new String[] {"open-instruct-samples/synth_pref/honesty-full.jsonl", "oasst-trees/realistic_seed_data.json"}) {
            Path f = file(name);
            String m = assertThrows(DataException.class, () -> new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION)).read(f)).getMessage();
            assertTrue(m.contains("no shape that is known"), m);
        }
        Path prose = file("tinyshakespeare/input.txt");
        assertTrue(assertThrows(DataException.class, () -> new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION)).read(prose))
                .getMessage().contains("input.txt:1, column 1: not valid JSON"));
    }
}
