package org.align4j.rewardmodels.serve.client;

import java.util.ArrayList;
import java.util.List;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;

/** A service used as a {@link Reward} wherever one is wanted; questions are sent in requests as large as the service takes. */
public final class RemoteReward implements Reward {
    private final ScoreClient client;
    private final ServedModel served;

    /** Asks the service once what it serves. */
    public RemoteReward(ScoreClient client) {
        this.client = client;
        this.served = client.model();
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<double[]> all = new ArrayList<>();
        int from = 0;
        int answers = 0;
        for (int i = 0; i < questions.size(); i++) {
            int next = questions.get(i).answers().size();
            if (i > from && answers + next > served.maxAnswers()) {
                all.addAll(client.score(questions.subList(from, i), served.digest()));
                from = i;
                answers = 0;
            }
            answers += next;
        }
        if (from < questions.size()) {
            all.addAll(client.score(questions.subList(from, questions.size()), served.digest()));
        }
        return all;
    }

    @Override
    public String name() {
        return served.name();
    }

    @Override
    public String digest() {
        return served.digest();
    }
}
