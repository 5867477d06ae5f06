package org.align4j.recipes.quickstart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.train.Streams;
import org.align4j.recipes.quickstart.ArithmeticTask.Split;

/**
 * What a quickstart learns from and is judged by.
 *
 * @param corpus         documents to pretrain on
 * @param demonstrated   problems with demonstrations
 * @param demonstrations their solutions
 * @param practised      problems whose answers are known but not shown: the model's own attempts at them are compared
 * @param test           held-out problems
 */
record QuickstartData(List<String> corpus, List<Problem> demonstrated, List<String> demonstrations, List<Problem> practised, List<Problem> test) {

    /** How much of everything there is. */
    record Sizes(int documents, int demonstrations, int practised, int test) {}

    /** Part of the worked answers in the corpus that are wrong somewhere. */
    private static final double CARELESS = 0.2;
    /** Part of the demonstrations that are nothing but the answer. */
    private static final double TERSE = 0.55;

    static QuickstartData draw(Sizes sizes, long seed) {
        return draw(sizes, TERSE, seed);
    }

    /** With another part of the demonstrations that are nothing but the answer. */
    static QuickstartData draw(Sizes sizes, double terse, long seed) {
        Corpus corpus = new Corpus(Streams.of(seed, "corpus", 0), CARELESS);
        List<Problem> train = ArithmeticTask.problems(Split.TRAIN, sizes.demonstrations + sizes.practised, Streams.of(seed, "problems", 0));
        List<Problem> demonstrated = train.subList(0, sizes.demonstrations);
        return new QuickstartData(IntStream.range(0, sizes.documents).mapToObj(i -> corpus.next()).toList(), demonstrated,
                Demonstrations.of(demonstrated, terse, Streams.of(seed, "demonstrations", 0)), train.subList(sizes.demonstrations, train.size()),
                ArithmeticTask.problems(Split.TEST, sizes.test, Streams.of(seed, "test", 0)));
    }

    /** Writes the data files and the tokenizer. */
    void write(QuickstartFiles files) {
        files.write("pretrain.jsonl", corpus.stream().map(text -> Map.of("text", text)).toList());
        List<Map<String, String>> rows = new ArrayList<>();
        for (int i = 0; i < demonstrated.size(); i++) {
            rows.add(row("prompt", demonstrated.get(i).prompt(), "completion", demonstrations.get(i)));
        }
        files.write("demonstrations.jsonl", rows);
        files.write("practice.jsonl", practised.stream().map(QuickstartData::problem).toList());
        files.write("test.jsonl", test.stream().map(QuickstartData::problem).toList());
        List<String> texts = new ArrayList<>(corpus);
        texts.addAll(demonstrations);
        List.of(demonstrated, practised, test).forEach(list -> list.forEach(p -> texts.add(p.prompt())));
        WordTokenizer.of(texts).write(files.tokenizer());
    }

    private static Map<String, String> problem(Problem p) {
        return row("prompt", p.prompt(), "answer", Integer.toString(p.answer()));
    }

    private static Map<String, String> row(String key1, String value1, String key2, String value2) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put(key1, value1);
        row.put(key2, value2);
        return row;
    }
}
