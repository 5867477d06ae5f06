package org.align4j.rewardmodels.serve.http;

import java.util.List;
import java.util.Map;
import org.align4j.rewardmodels.Question;

/** What one body asks: questions, and how their scores are told. */
interface Ask {
    List<Question> questions();

    /** The field that holds an answer, as a JSON pointer; with −1 that of all answers to the question. */
    String field(int question, int answer);

    /** The reply's members. */
    Map<String, Object> reply(List<double[]> scores);

    default int answers() {
        return questions().stream().mapToInt(q -> q.answers().size()).sum();
    }
}
