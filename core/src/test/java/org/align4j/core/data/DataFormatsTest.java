package org.align4j.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every shape: what its rows become, to the letter, and what is said when they cannot. */
class DataFormatsTest {
    @TempDir
    Path dir;

    static Path fixture(String name) {
        try {
            return Path.of(DataFormatsTest.class.getResource("/data/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String show(Text t) {
        if (t instanceof Text.Plain p) {
            return "'" + p.text() + "'";
        }
        if (t instanceof Text.Ids ids) {
            return java.util.Arrays.toString(ids.ids());
        }
        return ((Text.Chat) t).messages().stream().map(m -> m.role().charAt(0) + ":" + m.content()).collect(Collectors.joining("|", "<", ">"));
    }

    private static String show(TextGroup g) {
        return g.responses().stream()
                .map(r -> " => " + show(r.text()) + (Double.isNaN(r.score()) ? "" : "@" + r.score()) + (r.label() == null ? "" : "?" + r.label()))
                .collect(Collectors.joining("", show(g.prompt()), ""))
                .replace("\n", "~");
    }

    private static String show(List<TextGroup> groups) {
        return groups.stream().map(DataFormatsTest::show).collect(Collectors.joining(" ;; "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '^', quoteCharacter = '`', value = {
        "preference_text.jsonl ^ PAIR ^ preference ^ 'The sky is' => ' blue.'@1.0 => ' green.'@0.0 ;; 'Water is' => ' wet — naïve, but true.'@1.0 => ' dry.'@0.0",
        "preference_messages.jsonl ^ PAIR ^ preference ^ <s:Be brief.|u:Sky?> => <a:Blue.>@1.0 => <a:Green.>@0.0 ;; <u:Water?> => <a:Wet.>@1.0 => <a:Dry.>@0.0",
        "preference_implicit.jsonl ^ PAIR ^ preference ^ <u:Sky?> => <a:Blue.>@1.0 => <a:Blur.>@0.0 ;; <u:Hi|a:Hello|u:Sky?> => <a:Blue.>@1.0 => <a:Red.>@0.0",
        "preference_question.jsonl ^ PAIR ^ preference ^ <s:Be brief.|u:Sky?> => <a:Blue.>@1.0 => <a:Green.>@0.0",
        "preference_question.jsonl ^ LIST ^ preference ^ <s:Be brief.|u:Sky?> => <a:Blue.>@1.0 => <a:Green.>@0.0",
        "preference_question.jsonl ^ DEMONSTRATION ^ preference ^ <s:Be brief.|u:Sky?> => <a:Blue.>@1.0",
        "preference_question.jsonl ^ UNPAIRED ^ preference ^ <s:Be brief.|u:Sky?> => <a:Blue.>@1.0?true ;; <s:Be brief.|u:Sky?> => <a:Green.>@0.0?false",
        "preference_question.jsonl ^ PROMPT ^ preference ^ <s:Be brief.|u:Sky?>",
        "prompt_completion.jsonl ^ DEMONSTRATION ^ prompt_completion ^ '1+1=' => '2' ;; '2+2=' => '4'",
        "prompt_completion_messages.jsonl ^ DEMONSTRATION ^ prompt_completion ^ <u:1+1?> => <a:2>",
        "unpaired.jsonl ^ UNPAIRED ^ prompt_completion ^ '1+1=' => '2'?true ;; '1+1=' => '3'?false",
        "unpaired.jsonl ^ DEMONSTRATION ^ prompt_completion ^ '1+1=' => '2'?true",
        "messages.jsonl ^ DEMONSTRATION ^ messages ^ <s:Be brief.|u:Hi|a:Hello|u:Sky?> => <a:Blue.> ;; <u:Water?> => <a:Wet.>",
        "messages.jsonl ^ PROMPT ^ messages ^ <s:Be brief.|u:Hi|a:Hello|u:Sky?> ;; <u:Water?>",
        "prompt.jsonl ^ PROMPT ^ prompt ^ 'Once upon' ;; 'The end'",
        "alpaca.json ^ DEMONSTRATION ^ alpaca ^ <s:Be brief.|u:Hi|a:Hello|u:Bye|a:Goodbye|u:Add.~1 and 1> => <a:2> ;; <u:Say hi.> => <a:Hi>",
        "alpaca_preference.json ^ PAIR ^ alpaca_preference ^ <u:Add.~1 and 1> => <a:It is 2.>@1.0 => <a:It is 3.>@0.0",
        "alpaca_preference.json ^ DEMONSTRATION ^ alpaca_preference ^ <u:Add.~1 and 1> => <a:It is 2.>@1.0",
        "sharegpt.json ^ DEMONSTRATION ^ sharegpt ^ <s:Be brief.|u:Weather?|a:{\"name\": \"weather\"}|t:rain> => <a:It rains.>",
        "sharegpt_preference.json ^ PAIR ^ sharegpt_preference ^ <u:Sky?> => <a:Blue.>@1.0 => <a:Green.>@0.0",
        "sharegpt_kto.json ^ UNPAIRED ^ messages ^ <u:Sky?> => <a:Blue.>?true ;; <u:Sky?> => <a:Green.>?false",
        "hh.jsonl.gz ^ PAIR ^ hh ^ '~~Human: Hi~~Assistant: Hello~~Human: Sky?~~Assistant:' => ' Blue.'@1.0 => ' Blurred.'@0.0",
        "ultrafeedback.jsonl ^ LIST ^ list ^ <u:Sky?> => <a:Blue.>@8.0 => <a:Green.>@2.5 => <a:Dunno.>@2.5",
        "ultrafeedback.jsonl ^ PAIR ^ list ^ <u:Sky?> => <a:Blue.>@8.0 => <a:Dunno.>@2.5",
        "ultrafeedback.jsonl ^ DEMONSTRATION ^ list ^ <u:Sky?> => <a:Blue.>@8.0",
        "list_objects.jsonl ^ LIST ^ list ^ 'Sky?' => 'Blue.'@-1.0 => 'Red.'@-2.0 => 'Green.'@-3.0",
        "list_scores.jsonl ^ LIST ^ list ^ 'Sky?' => 'Blue.'@0.9 => 'Red.'@0.2 => 'Green.'@-0.1",
        "oasst.jsonl ^ LIST ^ oasst ^ <u:Sky?> => <a:Blue.>@-0.0 => <a:Green.>@-1.0",
        "oasst.jsonl ^ DEMONSTRATION ^ oasst ^ <u:Sky?|a:Blue.|u:Sure?> => <a:Yes.> ;; <u:Sky?> => <a:Blue.>@-0.0",
        "question_answer.jsonl ^ DEMONSTRATION ^ question_answer ^ <u:1+1?> => <a:2~#### 2>",
        "solutions.jsonl ^ PAIR ^ solutions ^ <u:1+1?> => <a:It is 2.>@1.0?true => <a:It is 4.>@0.0?false",
        "self_instruct.jsonl ^ DEMONSTRATION ^ self_instruct ^ <u:Double.~2> => <a:4> ;; <u:Double.~3> => <a:6>",
        "ids.jsonl ^ DEMONSTRATION ^ ids ^ [1, 2, 3] => [4, 5] ;; [1] => [6]",
        "ids_preference.jsonl ^ PAIR ^ ids_preference ^ [1, 2] => [3]@1.0 => [4, 5]@0.0",
        "ids_list.jsonl ^ LIST ^ ids_list ^ [1, 2] => [3, 4]@0.9 => [5]@0.4 => [6]@-1.0",
        "ids_list.jsonl ^ PAIR ^ ids_list ^ [1, 2] => [3, 4]@0.9 => [6]@-1.0",
        "ids_list.jsonl ^ DEMONSTRATION ^ ids_list ^ [1, 2] => [3, 4]@0.9",
        "ids_prompt.jsonl ^ PROMPT ^ ids_prompt ^ [1, 2]",
        "text.jsonl ^ DEMONSTRATION ^ text ^ '' => 'Once upon a time.'",
    })
    void rowsBecomeGroups(String file, TaskKind task, String format, String expected) {
        TextDataset d = new DataLoader(DataSettings.of(task)).read(fixture(file));
        assertEquals(expected, show(d.groups()));
        assertEquals(format, d.report().format().id());
        assertEquals(format, DataFormat.of(format).id());
    }

    @Test
    void allTurnsOfAConversationAndItsHistory() {
        DataSettings all = DataSettings.of(TaskKind.DEMONSTRATION).withTurns(DataSettings.Turns.ALL);
        assertEquals("<s:Be brief.|u:Hi> => <a:Hello> ;; <s:Be brief.|u:Hi|a:Hello|u:Sky?> => <a:Blue.> ;; <u:Water?> => <a:Wet.>",
                show(new DataLoader(all).read(fixture("messages.jsonl")).groups()));
        assertEquals(4, new DataLoader(all).read(fixture("alpaca.json")).groups().size());
    }

    @Test
    void rendering() {
        DataSettings chat = DataSettings.of(TaskKind.PAIR).withRendering(DataSettings.Rendering.CHAT);
        assertEquals("<u:Hi|a:Hello|u:Sky?> => <a:Blue.>@1.0 => <a:Blurred.>@0.0", show(new DataLoader(chat).read(fixture("hh.jsonl.gz")).groups()));
        DataSettings text = DataSettings.of(TaskKind.PAIR).withRendering(DataSettings.Rendering.TEXT);
        assertEquals("'Be brief.~~Sky?~~' => 'Blue.'@1.0 => 'Green.'@0.0", show(new DataLoader(text).read(fixture("preference_question.jsonl")).groups()));
        assertTrue(message(text.withTask(TaskKind.DEMONSTRATION), fixture("messages.jsonl")).contains("messages.jsonl:1: a conversation of several turns"));
    }

    @Test
    void columnsAndFormatCanBeForced() throws IOException {
        Path f = write("{\"q\":\"1+1?\",\"good\":\"2\",\"bad\":\"3\",\"prompt\":\"other\"}");
        DataSettings s = DataSettings.of(TaskKind.PAIR).withColumns(Map.of("prompt", "q", "chosen", "good", "rejected", "bad"));
        assertEquals("'1+1?' => '2'@1.0 => '3'@0.0", show(new DataLoader(s).read(f).groups()));
        assertTrue(message(s.withColumns(Map.of("prompt", "qq")), f).contains("field 'qq' is missing (the setting columns takes 'prompt' from it)"));
        assertTrue(message(s.withColumns(Map.of("query", "q")), f).contains("names the field 'query', which no shape has"));
        TextDataset plain = new DataLoader(DataSettings.of(TaskKind.DEMONSTRATION).withFormat(DataFormat.ALPACA)).read(fixture("alpaca_preference.json"));
        assertEquals("<u:Add.~1 and 1> => <a:2>", show(plain.groups()));
        assertEquals(List.of("chosen", "rejected"), plain.report().ignoredColumns());
        assertTrue(assertThrows(DataException.class, () -> DataFormat.of("alpacca")).getMessage().contains("known are alpaca, alpaca_preference"));
    }

    private Path write(String... lines) throws IOException {
        return Files.writeString(dir.resolve("rows.jsonl"), String.join("\n", lines) + "\n");
    }

    private static String message(DataSettings s, Path f) {
        return assertThrows(DataException.class, () -> new DataLoader(s).read(f)).getMessage();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '^', quoteCharacter = '`', value = {
        "{\"prompt\":\"a\",\"chosen\":\"b\"} ^ PAIR ^ rows.jsonl:1: field 'rejected' is missing; the row has chosen, prompt.",
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":null} ^ PAIR ^ field 'rejected' is null",
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":5} ^ PAIR ^ field 'rejected' must be text as 'chosen' is, found the number 5",
        "{\"chosen\":\"same start b\",\"rejected\":\"same start c\"} ^ PAIR ^ the prompt cannot be told",
        "{\"chosen\":[{\"role\":\"assistant\",\"content\":\"b\"}],\"rejected\":[{\"role\":\"assistant\",\"content\":\"c\"}]} ^ PAIR ^ share no first turn",
        "{\"prompt\":\"x\",\"chosen\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"rejected\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"c\"}]} ^ PAIR ^ is none of the user turns",
        "{\"chosen\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}],\"rejected\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"c\"}]} ^ PAIR ^ last turn of 'chosen' must be the assistant's",
        "{\"messages\":[{\"role\":\"boss\",\"content\":\"a\"}]} ^ DEMONSTRATION ^ field 'messages[0].role' is the role \"boss\"",
        "{\"messages\":[{\"role\":\"user\"}]} ^ DEMONSTRATION ^ field 'messages[0].content' is missing",
        "{\"messages\":[{\"role\":\"user\",\"content\":3}]} ^ DEMONSTRATION ^ field 'messages[0].content' must be text, found the number 3",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"url\":\"x\"}]}]} ^ DEMONSTRATION ^ only text is read",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]} ^ DEMONSTRATION ^ one assistant turn without a turn before it",
        "{\"messages\":[]} ^ DEMONSTRATION ^ field 'messages' is an empty list",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"system\",\"content\":\"x\"}]} ^ DEMONSTRATION ^ only the first turn may be one",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"images\":[\"x.png\"]} ^ DEMONSTRATION ^ field 'images' is filled",
        "{\"prompt\":\"a\",\"completion\":\"b\",\"label\":\"yes\"} ^ UNPAIRED ^ field 'label' must be true or false, found the text \"yes\"",
        "{\"prompt\":\"a\",\"completion\":\"b\"} ^ UNPAIRED ^ needs a field 'label'",
        "{\"prompt\":\"a\",\"completion\":\"b\"} ^ PAIR ^ shape 'prompt_completion', which cannot give what the task PAIR needs",
        "{\"prompt\":\"a\"} ^ DEMONSTRATION ^ shape 'prompt', which cannot give",
        "{\"prompt\":\"a\",\"responses\":[\"b\",\"c\"],\"scores\":[1]} ^ LIST ^ field 'scores' has 1 entries, but 'responses' has 2",
        "{\"prompt\":\"a\",\"responses\":[\"b\",\"c\"],\"scores\":[1,1e999]} ^ LIST ^ field 'scores[1]' must be a finite number",
        "{\"prompt\":\"a\",\"responses\":[{\"text\":\"b\",\"score\":1},{\"text\":\"c\"}]} ^ LIST ^ of the 2 responses in 'responses' only 1 have a score",
        "{\"prompt\":\"a\",\"responses\":[{\"text\":\"b\",\"score\":1},{\"txt\":\"c\"}]} ^ LIST ^ field 'responses[1].text' is missing",
        "{\"prompt\":\"a\",\"responses\":[]} ^ LIST ^ field 'responses' is an empty list",
        "{\"prompt\":\"a\",\"responses\":[\"b\"],\"scores\":[1]} ^ LIST ^ nothing is left for the task LIST of 1 rows; 1: fewer than two scored responses (first ",
        "{\"instruction\":\"a\",\"output\":\"b\",\"history\":[[\"c\"]]} ^ DEMONSTRATION ^ field 'history[0]' must be an instruction and its response, found a list of 1",
        "{\"prompt_ids\":[1,2.5],\"response_ids\":[1]} ^ DEMONSTRATION ^ field 'prompt_ids[1]' must be a token id (an integer), found the number 2.5",
        "{\"prompt_ids\":[1],\"response_ids\":[-1]} ^ DEMONSTRATION ^ field 'response_ids[0]' must be a token id (0 or more)",
        "{\"prompt_ids\":[1],\"response_ids\":[99999999999]} ^ DEMONSTRATION ^ field 'response_ids[0]' must be a token id",
        "{\"prompt\":{\"text\":\"a\",\"role\":\"prompter\"}} ^ LIST ^ field 'prompt.replies' is missing",
        "{\"prompt\":{\"text\":\"a\",\"role\":\"prompter\",\"replies\":[{\"text\":\"a\",\"role\":\"bot\",\"replies\":[]}]}} ^ LIST ^ field 'prompt.replies[0].role' must be",
        "{\"prompt\":\"a\\ud800b\",\"completion\":\"b\"} ^ DEMONSTRATION ^ field 'prompt' holds half of a surrogate pair (\\ud800) at character 1",
        "{\"a\":1,\"b\":2} ^ DEMONSTRATION ^ no shape that is known; it has a, b.",
        "{} ^ DEMONSTRATION ^ it has no fields",
        "{\"question\":\"a\",\"x\":{\"is_correct\":true}} ^ PAIR ^ field 'x.solution' is missing",
        "{\"question\":\"a\",\"x\":{\"is_correct\":1,\"solution\":\"s\"}} ^ PAIR ^ field 'x.is_correct' must be true or false",
        "{\"text\":\"a\",\"role\":\"prompter\"} ^ DEMONSTRATION ^ no shape that is known",
    })
    void unusableRowsSayWhatIsWrong(String row, TaskKind task, String expected) throws IOException {
        String m = message(DataSettings.of(task), write(row));
        assertTrue(m.contains(expected), m);
        assertTrue(m.contains("rows.jsonl"), m);
    }

    @Test
    void aFileHasOneShape() throws IOException {
        DataSettings s = DataSettings.of(TaskKind.PAIR);
        String good = "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}";
        assertTrue(message(s, write(good, "{\"prompt\":\"a\",\"chosen\":\"b\"}")).contains("rows.jsonl:2: field 'rejected' is missing, while the first row ("));
        String m = message(s, write(good, "{\"prompt\":[{\"role\":\"user\",\"content\":\"a\"}],\"chosen\":\"b\",\"rejected\":\"c\"}"));
        assertTrue(m.contains("rows.jsonl:2: field 'prompt' is a list") && m.contains("has it as text"), m);
        assertTrue(message(DataSettings.of(TaskKind.DEMONSTRATION), write("{\"instruction\":\"a\",\"output\":\"b\"}", "{\"instruction\":\"a\",\"output\":\"b\",\"chosen\":\"x\",\"rejected\":\"y\"}"))
                .contains("rows.jsonl:2: the row has the shape 'alpaca_preference', while the first row ("));
        assertTrue(message(DataSettings.of(TaskKind.DEMONSTRATION), write("{\"prompt\":\"a\",\"completion\":\"b\"}", "{\"prompt\":\"a\",\"completion\":\"b\",\"label\":true}"))
                .contains("field 'label' is present, while the first row"));
        assertTrue(message(DataSettings.of(TaskKind.DEMONSTRATION), write("{\"prompt\":\"a\",\"completion\":\"b\"}", "{\"question\":\"a\",\"answer\":\"b\"}"))
                .contains("rows.jsonl:2: field 'prompt' is missing"));
    }
}
