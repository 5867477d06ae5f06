package org.align4j.rewardmodels.serve;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.data.Text;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.model.RewardModel;

/**
 * The directory of a reward model, ready to be served: what is known of it before its weights are read.
 *
 * @param precision null for automatic: bfloat16 where the CPU has instructions for its products, float32 elsewhere
 * @param endings   texts of the tokens that close an answer; empty for a model without a tokenizer
 */
public record ModelSource(Path directory, Backends.Choice backend, Precision precision, Set<String> endings) {

    public ModelSource {
        endings = Set.copyOf(endings);
    }

    /**
     * Looks at a directory.
     *
     * @throws UserException when it holds no reward model
     */
    public static ModelSource of(Path directory, Backends.Choice backend, Precision precision) {
        if (!RewardModel.holds(directory)) {
            throw new UserException(directory + " holds no reward model: a directory with config.json for sequence classification, or with a reward head beside a language model,"
                    + " is required. Check the path.");
        }
        Set<String> endings = new LinkedHashSet<>();
        if (hasTokenizer(directory)) {
            try (HfTokenizer tokenizer = HfTokenizer.load(directory)) {
                Set<Integer> ends = new ModelTextEncoder(tokenizer, null).endIds();
                tokenizer.addedTokens().forEach((text, id) -> {
                    if (ends.contains(id)) {
                        endings.add(text);
                    }
                });
            }
        }
        return new ModelSource(directory, backend, precision, endings);
    }

    private static boolean hasTokenizer(Path directory) {
        return Files.exists(directory.resolve("tokenizer.json"));
    }

    /** A service over the model, which is being loaded. */
    public ScoreService service(ServiceOptions options) {
        Counter counter = hasTokenizer(directory) ? new Counter(directory) : null;
        return new ScoreService(() -> {
            RewardModel model = RewardModel.open(directory, backend, precision).batching(options.exact() ? 0 : options.batchTokens());
            return counter == null ? model : new WithCounter(model, counter);
        }, counter == null ? TokenCount.ESTIMATE : counter, options);
    }

    /** Counts with a tokenizer of its own, which must not be closed while it counts. */
    private static final class Counter implements TokenCount, AutoCloseable {
        private final HfTokenizer tokenizer;
        private final TokenCount count;
        private final ReadWriteLock lock = new ReentrantReadWriteLock();
        private boolean closed;

        Counter(Path directory) {
            tokenizer = HfTokenizer.load(directory);
            count = TokenCount.of(new ModelTextEncoder(tokenizer, ChatTemplate.ofModel(tokenizer, java.time.Clock.systemDefaultZone())));
        }

        @Override
        public int of(Text prompt, Answer answer) {
            lock.readLock().lock();
            try {
                return closed ? 1 : count.of(prompt, answer); // once it is closed the service takes nothing more
            } finally {
                lock.readLock().unlock();
            }
        }

        @Override
        public void close() {
            lock.writeLock().lock();
            try {
                closed = true;
                tokenizer.close();
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    /** Closes the counter with the model. */
    private record WithCounter(RewardModel model, Counter counter) implements Reward {
        @Override
        public List<double[]> score(List<Question> questions) {
            return model.score(questions);
        }

        @Override
        public String name() {
            return model.name();
        }

        @Override
        public String digest() {
            return model.digest();
        }

        @Override
        public void close() {
            model.close();
            counter.close();
        }
    }
}
