package org.align4j.rewardmodels.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Backends;
import org.align4j.core.backend.Precision;
import org.align4j.core.batch.PackedBatch;
import org.align4j.core.batch.Reads;
import org.align4j.core.data.Group;
import org.align4j.core.data.Text;
import org.align4j.core.data.TextEncoder;
import org.align4j.core.io.DType;
import org.align4j.core.io.Digests;
import org.align4j.core.model.ForwardPass;
import org.align4j.core.model.Transformer;
import org.align4j.core.model.WeightFiles;
import org.align4j.core.text.ChatTemplate;
import org.align4j.core.text.HfTokenizer;
import org.align4j.core.text.ModelTextEncoder;
import org.align4j.rewardmodels.Answer;
import org.align4j.rewardmodels.Question;
import org.align4j.rewardmodels.Reward;
import org.align4j.rewardmodels.head.HeadSettings;
import org.align4j.rewardmodels.head.RewardHead;
import tools.jackson.databind.json.JsonMapper;

/**
 * A reward model: a language model's final hidden state at the last token of a response, the end token where the response has one, and a head over it.
 *
 * <p>Each question is computed by itself, its prompt once. So a score depends on the question alone, its prompt and answers, bit for bit, whoever asks
 * and whatever else is asked; with other answers beside it, an answer's score is the same to the rounding of products (some 10⁻⁶ in float32, 10⁻² in
 * bfloat16). {@link #batching} computes several questions together, faster where they are short, and then the same holds between questions.
 *
 * <p>Not for several threads.
 */
public final class RewardModel implements Reward {
    private final Transformer trunk;
    private final RewardHead head;
    private final RewardConfig config;
    private final TextEncoder encoder;
    private final String name;
    private final Path directory;
    private final List<AutoCloseable> owned;
    private boolean readsIds;
    private int batchTokens;
    private String digest;

    private RewardModel(Transformer trunk, RewardHead head, RewardConfig config, TextEncoder encoder, Path directory, List<AutoCloseable> owned) {
        this.trunk = trunk;
        this.head = head;
        this.config = config;
        this.encoder = encoder;
        this.directory = directory;
        this.name = "reward model" + (directory == null ? "" : " " + directory);
        this.owned = owned;
        if (config.head().hiddenSize() != trunk.config().hiddenSize() || !config.head().equals(head.settings())) {
            throw new IllegalArgumentException("The head " + head.settings() + " does not fit the model's hidden states of " + trunk.config().hiddenSize()
                    + " values or the settings " + config.head());
        }
    }

    /**
     * Opens a directory on a backend that stays the caller's: a sequence classification model of Hugging Face's, or what {@link #save} wrote.
     *
     * @throws UserException when it is none, or something in it does not fit
     */
    public static RewardModel open(Path directory, Backend backend) {
        return open(directory, backend, new ArrayList<>());
    }

    /**
     * Opens a directory on a backend of its own, closed with it.
     *
     * @param precision null for automatic: bfloat16 where the CPU has instructions for its products, float32 elsewhere
     */
    public static RewardModel open(Path directory, Backends.Choice choice, Precision precision) {
        RewardDirectory.json(directory);
        Backend backend = Backends.open(choice, precision).backend();
        try {
            return open(directory, backend, new ArrayList<>(List.of(backend)));
        } catch (RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    private static RewardModel open(Path directory, Backend backend, List<AutoCloseable> owned) {
        RewardDirectory.Parts parts = RewardDirectory.read(directory, backend);
        owned.add(0, parts.values());
        owned.add(0, parts.head());
        TextEncoder encoder = null;
        if (Files.exists(directory.resolve("tokenizer.json"))) {
            try {
                HfTokenizer tokenizer = HfTokenizer.load(directory);
                owned.add(0, tokenizer);
                encoder = new ModelTextEncoder(tokenizer, ChatTemplate.ofModel(tokenizer, Clock.systemDefaultZone()));
            } catch (RuntimeException e) {
                parts.head().close();
                parts.values().close();
                throw e;
            }
        }
        return new RewardModel(new Transformer(parts.trunk(), parts.values(), null), parts.head(), parts.config(), encoder, directory, owned);
    }

    /** Whether a directory holds a reward model that {@link #open} reads. */
    public static boolean holds(Path directory) {
        return RewardDirectory.holds(directory);
    }

    /**
     * A model with a new head.
     *
     * @param trunk   stays the caller's, as does the encoder, which may be null: then prompts and answers must be ids
     * @param outputs names of the head's outputs, of which the first is the reward
     * @param init    the seed's stream for the head
     */
    public static RewardModel fresh(Transformer trunk, TextEncoder encoder, HeadSettings head, List<String> outputs, RandomGenerator init) {
        RewardHead made = new RewardHead(head, init);
        return new RewardModel(trunk, made, RewardConfig.of(head, outputs), encoder, null, new ArrayList<>(List.of(made)));
    }

    /** The same head, settings and encoder, which stay this one's, over another trunk, trainable or not. */
    public RewardModel on(Transformer other) {
        return new RewardModel(other, head, config, encoder, directory, List.of());
    }

    /** A model that gives {@code (reward − mean)/std}; everything else is shared and stays this one's. */
    public RewardModel scaled(double mean, double std) {
        return with(config.withScale(mean, std));
    }

    /** A model whose reward is the weighted sum of its outputs; everything else is shared and stays this one's. */
    public RewardModel weighted(double... weights) {
        return with(config.withWeights(weights));
    }

    private RewardModel with(RewardConfig other) {
        RewardModel m = new RewardModel(trunk, head, other, encoder, directory, List.of());
        m.readsIds = readsIds;
        m.batchTokens = batchTokens;
        return m;
    }

    /**
     * A model whose rewards have mean 0 and standard deviation 1 over the answers given, as before PPO; everything else is shared and stays this one's.
     *
     * @throws UserException when all answers have the same reward
     */
    public RewardModel normalized(List<Question> sample) {
        double[] all = with(config.withScale(0, 1)).score(sample).stream().flatMapToDouble(Arrays::stream).toArray();
        double mean = Arrays.stream(all).average().orElse(0);
        double std = Math.sqrt(Arrays.stream(all).map(r -> (r - mean) * (r - mean)).sum() / all.length);
        if (!(std > 0)) {
            throw new UserException("Rewards cannot be normalised on a sample of " + all.length + " answers that all have the reward " + mean + ". Give more answers.");
        }
        return scaled(mean, std);
    }

    /** Takes an answer's tokens, where it has some, in place of its text: where the sampling model has the same tokenizer. Off until this is called. */
    public RewardModel readIds(boolean value) {
        readsIds = value;
        digest = null;
        return this;
    }

    /** Computes questions together up to so many tokens; 0, as at first: each by itself. */
    public RewardModel batching(int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("Tokens computed together are 0 or more, found " + tokens);
        }
        batchTokens = tokens;
        return this;
    }

    @Override
    public List<double[]> score(List<Question> questions) {
        List<double[]> all = new ArrayList<>(questions.size());
        for (float[] outputs : run(groups(questions))) {
            double[] scores = new double[outputs.length / config.outputs().size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = config.reward(outputs, i * config.outputs().size());
                if (!Double.isFinite(scores[i])) {
                    throw new UserException("The " + name + " gives answer " + (i + 1) + " of question " + (all.size() + 1) + " the score " + scores[i]
                            + "; its weights are damaged or its training has diverged.");
                }
            }
            all.add(scores);
        }
        return all;
    }

    /** What the head gives, before weights, mean and standard deviation: for every question and answer one number per output. */
    public List<double[][]> attributes(List<Question> questions) {
        int m = config.outputs().size();
        List<double[][]> all = new ArrayList<>(questions.size());
        for (float[] outputs : run(groups(questions))) {
            double[][] rows = new double[outputs.length / m][m];
            for (int i = 0; i < outputs.length; i++) {
                rows[i / m][i % m] = outputs[i];
            }
            all.add(rows);
        }
        return all;
    }

    /** Scores of responses to a prompt of plain text. */
    public double[] scoreText(String prompt, List<String> responses) {
        return score(List.of(new Question(new Text.Plain(prompt), responses.stream().map(Answer::of).toList(), null))).get(0);
    }

    /** Scores of responses to a prompt, all as token ids; nothing is added to them. */
    public double[] scoreIds(int[] prompt, List<int[]> responses) {
        return score(List.of(new Question(new Text.Ids(prompt), responses.stream().map(r -> new Answer("", r, true)).toList(), null))).get(0);
    }

    /** The index of the answer with the greatest score, the first among equals: how a head beside a language model chooses among its candidates. */
    public int pick(Question question) {
        double[] scores = score(List.of(question)).get(0);
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    private List<Group> groups(List<Question> questions) {
        QuestionEncoder tokens = new QuestionEncoder(encoder, trunk.config(), readsIds);
        List<Group> groups = new ArrayList<>(questions.size());
        for (int i = 0; i < questions.size(); i++) {
            groups.add(tokens.encode(questions.get(i), i));
        }
        return groups;
    }

    /** Outputs of every group, response after response. */
    private List<float[]> run(List<Group> groups) {
        List<float[]> all = new ArrayList<>(groups.size());
        int width = config.outputs().size();
        for (int from = 0; from < groups.size();) {
            int to = from + 1;
            for (int tokens = groups.get(from).tokens(); to < groups.size() && tokens + groups.get(to).tokens() <= batchTokens; to++) {
                tokens += groups.get(to).tokens();
            }
            PackedBatch batch = PackedBatch.reading(groups.subList(from, to), Reads.CLOSING, false);
            float[] out;
            try (ForwardPass pass = trunk.inspect(batch, null)) {
                out = head.score(pass.hidden());
            }
            int at = 0;
            for (Group g : batch.groups()) {
                int n = g.responses().size() * width;
                all.add(Arrays.copyOfRange(out, at, at + n));
                at += n;
            }
            from = to;
        }
        return all;
    }

    @Override
    public String name() {
        return name;
    }

    /** Of weights, head, settings, tokenizer, precision and backend. */
    @Override
    public String digest() {
        if (digest == null) {
            MessageDigest d = Digests.newDigest();
            float[] w = head.parameters();
            ByteBuffer bytes = ByteBuffer.allocate(4 * w.length);
            bytes.asFloatBuffer().put(w);
            d.update(bytes.array());
            StringBuilder rest = new StringBuilder(WeightFiles.digest(trunk.values()));
            if (trunk.adapter() != null) {
                rest.append(' ').append(trunk.adapter().description()).append(' ').append(WeightFiles.digest(trunk.adapter().values()));
            }
            rest.append(JsonMapper.shared().writeValueAsString(config.json())).append(trunk.config().toJson()).append(trunk.backend().name())
                    .append(trunk.backend().precision()).append(readsIds);
            if (encoder instanceof ModelTextEncoder text) {
                rest.append(text.digest());
            }
            d.update(rest.toString().getBytes(StandardCharsets.UTF_8));
            digest = HexFormat.of().formatHex(d.digest());
        }
        return digest;
    }

    public RewardConfig config() {
        return config;
    }

    public Transformer trunk() {
        return trunk;
    }

    public RewardHead head() {
        return head;
    }

    /** Null for a model without a tokenizer. */
    public TextEncoder encoder() {
        return encoder;
    }

    /**
     * Writes the model as a directory, an adapter merged: for a linear head without bias one of Hugging Face's for sequence classification, else the trunk with
     * the head beside it.
     *
     * @param dtype      type of the weights
     * @param companions directory the tokenizer's files are copied from, or null
     */
    public void save(Path target, DType dtype, Path companions) {
        RewardDirectory.write(target, trunk, head, config, dtype, companions, false);
    }

    /** As {@link #save} with the trunk's language-model head kept: a language model for every other tool, and the head beside it. */
    public void saveBesideLanguageModel(Path target, DType dtype, Path companions) {
        RewardDirectory.write(target, trunk, head, config, dtype, companions, true);
    }

    @Override
    public void close() {
        for (AutoCloseable c : owned) {
            try {
                c.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
