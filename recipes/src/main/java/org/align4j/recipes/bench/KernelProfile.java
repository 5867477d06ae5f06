package org.align4j.recipes.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.backend.Backend;
import org.align4j.core.backend.Tensor;

/** Times every kernel call of a backend, products by shape, and sums them up by kind. */
final class KernelProfile {
    private final Map<String, double[]> entries = new LinkedHashMap<>();

    Backend wrap(Backend inner) {
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, args) -> {
            long began = System.nanoTime();
            try {
                return method.invoke(inner, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            } finally {
                double[] e = entries.computeIfAbsent(key(method.getName(), args), k -> new double[3]);
                e[0] += (System.nanoTime() - began) * 1e-9;
                e[1]++;
                e[2] += flops(method.getName(), args);
            }
        });
    }

    private static String key(String name, Object[] args) {
        if (!name.equals("matmul")) {
            return name;
        }
        Tensor c = (Tensor) args[0];
        return String.format(Locale.ROOT, "matmul %5d×%5d×%5d %s%s%s", c.rows(), inner(args), c.cols(), flag(args[2], "aᵀ"), flag(args[4], "bᵀ"), flag(args[5], "+"));
    }

    private static String flag(Object set, String text) {
        return (boolean) set ? text + " " : "";
    }

    private static int inner(Object[] args) {
        Tensor a = (Tensor) args[1];
        return (boolean) args[2] ? a.rows() : a.cols();
    }

    /** What a kernel is for, so that a reader sees where an update goes before the single shapes. */
    private static String kind(String key) {
        return switch (key.split(" ", 2)[0]) {
            case "matmul" -> "products";
            case "attention", "attentionBackward" -> "attention";
            case "rmsNorm", "rmsNormBackward", "layerNorm", "layerNormBackward" -> "norms";
            case "adamW", "sumOfSquares" -> "optimiser";
            case "headLogProbs", "headSoftmax", "logSoftmaxPick", "logCollision", "softmax", "softmaxPick" -> "logits and their softmax";
            case "copy", "operand", "fill", "upload", "download", "gather", "gatherRows", "scatterAdd" -> "copies";
            case "add", "multiply", "scale", "scaleRows", "addBias", "addRowSums", "activate", "activateBackward", "gated", "gatedBackward", "rotate" -> "elementwise";
            default -> "memory";
        };
    }

    private static double flops(String name, Object[] args) {
        return switch (name) {
            case "matmul" -> 2.0 * ((Tensor) args[0]).size() * inner(args);
            case "headLogProbs" -> 2.0 * ((Tensor) args[0]).size() * ((Tensor) args[1]).rows();
            case "headSoftmax" -> 2.0 * ((Tensor) args[1]).size() * ((Tensor) args[2]).rows();
            default -> 0;
        };
    }

    void clear() {
        entries.clear();
    }

    String table(int steps) {
        double all = entries.values().stream().mapToDouble(e -> e[0]).sum();
        StringBuilder s = new StringBuilder();
        entries.entrySet().stream().sorted((a, b) -> Double.compare(b.getValue()[0], a.getValue()[0])).limit(28).forEach(e -> s.append(String.format(Locale.ROOT,
                "%-40s %8.2f ms %5.1f %% %6.0f calls %s%n", e.getKey(), e.getValue()[0] / steps * 1e3, 100 * e.getValue()[0] / all, e.getValue()[1] / steps,
                e.getValue()[2] > 0 ? String.format(Locale.ROOT, "%6.0f GFLOP/s", e.getValue()[2] / e.getValue()[0] * 1e-9) : "")));
        s.append(String.format(Locale.ROOT, "%-40s %8.2f ms%n", "all kernels", all / steps * 1e3));
        Map<String, Double> kinds = new TreeMap<>();
        entries.forEach((key, e) -> kinds.merge(kind(key), e[0], Double::sum));
        kinds.entrySet().stream().sorted((a, b) -> Double.compare(b.getValue(), a.getValue())).forEach(e -> s.append(String.format(Locale.ROOT,
                "  %-38s %8.2f ms %5.1f %%%n", e.getKey(), e.getValue() / steps * 1e3, 100 * e.getValue() / all)));
        return s.toString();
    }
}
