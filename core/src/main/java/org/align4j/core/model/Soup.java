package org.align4j.core.model;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.align4j.core.UserException;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.align4j.core.model.config.ModelConfig;

/**
 * Weighted means of models of one architecture: θ = Σ_i w_i·θ_i with Σ w_i = 1. As a reference policy it is that of Chegini et al.,
 * <a href="https://arxiv.org/abs/2411.01798">SALSA: Soup-based Alignment Learning for Stronger Adaptation in RLHF</a> (2024), where two models
 * finetuned from one base are averaged.
 */
public final class Soup {
    private static final Set<String> ARBITRARY = Set.of("maxPositions", "bosId", "eosIds", "padId", "initializerRange", "raw");

    private Soup() {}

    /** Equal weights. */
    public static double[] equal(int models) {
        double[] w = new double[models];
        Arrays.fill(w, 1.0 / models);
        return w;
    }

    /**
     * The mean of weights in memory, as new float32 parameters; the caller closes them.
     *
     * @param weights one per model, finite, with the sum 1
     */
    public static Parameters of(List<Parameters> models, double[] weights) {
        check(models.size(), weights);
        Parameters soup = new Parameters(models.get(0).backend(), models.get(0).layout(), DType.F32);
        soup.fill(0f);
        for (int i = 0; i < weights.length; i++) {
            if (!models.get(i).layout().same(soup.layout())) {
                soup.close();
                throw new IllegalArgumentException("A soup needs models of one architecture, number " + (i + 1) + " has other parameters than the first");
            }
            blend(soup, 1, models.get(i), weights[i]);
        }
        return soup;
    }

    /**
     * The mean of model directories, loaded one after the other; the caller closes the result.
     *
     * @throws UserException when a directory's model has another architecture than {@code config}
     */
    public static Parameters load(Backend backend, ModelConfig config, List<Path> directories, double[] weights) {
        check(directories.size(), weights);
        requireAlike(config, directories);
        Parameters soup = new Parameters(backend, new ParameterLayout(config), DType.F32);
        try {
            soup.fill(0f);
            for (int i = 0; i < weights.length; i++) {
                try (Parameters p = ModelFiles.load(backend, ModelConfig.read(directories.get(i)), directories.get(i))) {
                    blend(soup, 1, p, weights[i]);
                }
            }
            return soup;
        } catch (RuntimeException e) {
            soup.close();
            throw e;
        }
    }

    /**
     * Reads configurations alone.
     *
     * @throws UserException when a directory's model has another architecture than {@code config}
     */
    public static void requireAlike(ModelConfig config, List<Path> directories) {
        for (Path directory : directories) {
            List<String> difference = difference(config, ModelConfig.read(directory));
            if (!difference.isEmpty()) {
                throw new UserException("The model in " + directory + " cannot be averaged with the others: it differs in " + difference
                        + ". A soup needs models of one architecture, best finetuned from one base.");
            }
        }
    }

    /** into ← own·into + factor·other, in float32. */
    public static void blend(Parameters into, double own, Parameters other, double factor) {
        Backend b = into.backend();
        List<Tensor> from = new ArrayList<>();
        other.forMatrices(from::add);
        other.forVectors(from::add);
        Iterator<Tensor> it = from.iterator();
        into.forMatrices(t -> blend(b, t, own, it.next(), factor));
        into.forVectors(t -> blend(b, t, own, it.next(), factor));
    }

    private static void blend(Backend b, Tensor into, double own, Tensor other, double factor) {
        try (Tensor t = b.alloc(other.rows(), other.cols())) {
            b.copy(t, other);
            b.scale(t, (float) factor);
            b.scale(into, (float) own);
            b.add(into, t);
        }
    }

    private static void check(int models, double[] weights) {
        double sum = Arrays.stream(weights).sum();
        if (models < 1 || models != weights.length || !(Math.abs(sum - 1) < 1e-6)) {
            throw new IllegalArgumentException("A soup needs at least one model and one weight per model, with the sum 1; found " + models + " models and the weights "
                    + Arrays.toString(weights));
        }
    }

    /** Names of what differs between two architectures; special ids and what matters before training alone may differ. */
    public static List<String> difference(ModelConfig a, ModelConfig b) {
        List<String> names = new ArrayList<>();
        for (RecordComponent c : ModelConfig.class.getRecordComponents()) {
            try {
                if (!ARBITRARY.contains(c.getName()) && !c.getAccessor().invoke(a).equals(c.getAccessor().invoke(b))) {
                    names.add(c.getName());
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return names;
    }
}
