package org.align4j.core.merge;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.UserException;
import org.align4j.core.adapter.LoraConfig;
import org.align4j.core.adapter.PeftFiles;
import org.align4j.core.io.DType;
import org.align4j.core.io.FloatSource;
import org.align4j.core.io.SafeTensorsFile;
import org.align4j.core.io.TensorEntry;
import org.align4j.core.io.TensorInfo;

/** The factors of a merged adapter, made piece by piece while they are written, from open files. */
final class AdapterTensors implements AutoCloseable {
    private final AdapterMerge merge;
    private final MergeListener listener;
    private final List<SafeTensorsFile> files = new ArrayList<>();
    private final List<LoraConfig> settings = new ArrayList<>();
    private long done;
    private long total;

    AdapterTensors(AdapterMerge merge, MergeListener listener) {
        this.merge = merge;
        this.listener = listener;
        try {
            for (var adapter : merge.adapters()) {
                settings.add(PeftFiles.settings(adapter));
                files.add(SafeTensorsFile.open(adapter.resolve(PeftFiles.WEIGHTS)));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    List<SafeTensorsFile> files() {
        return files;
    }

    /** What is to be written, as float32. */
    List<TensorEntry> entries(int rank) {
        List<TensorEntry> entries = new ArrayList<>();
        for (TensorInfo t : files.get(0).tensors().values()) {
            boolean a = a(t);
            long[] shape = a ? new long[] {rank, t.shape()[1]} : new long[] {t.shape()[0], rank};
            total += shape[0] * shape[1];
            FloatSource made = !merge.concatenate() ? added(t.name()) : a ? stacked(t.name(), (int) shape[1]) : beside(t.name(), rank);
            entries.add(new TensorEntry(t.name(), DType.F32, shape, (offset, dst, count) -> piece(t.name(), made, offset, dst, count)));
        }
        return entries;
    }

    static boolean a(TensorInfo t) {
        return t.name().contains(".lora_A.");
    }

    private void piece(String name, FloatSource made, long offset, float[] dst, int count) {
        if (listener.stop()) {
            throw new MergeStopped();
        }
        made.read(offset, dst, count);
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(dst[i])) {
                throw new UserException("The merged tensor \"" + name + "\" would hold " + dst[i] + " at index " + (offset + i)
                        + ", beyond what float32 can hold. Choose smaller weights.");
            }
        }
        done += count;
        listener.progress(done, total);
    }

    private void read(int i, String name, long offset, float[] dst, int at, int count) {
        files.get(i).read(name, offset, dst, at, count);
        for (int e = at; e < at + count; e++) {
            if (!Float.isFinite(dst[e])) {
                throw new UserException(files.get(i).path() + ": the tensor " + name + " holds " + dst[e] + "; train the adapter again.");
            }
        }
    }

    /** Σ c_i·√s_i·x_i. */
    private FloatSource added(String name) {
        List<Double> c = merge.coefficients();
        double[] factor = new double[files.size()];
        for (int i = 0; i < factor.length; i++) {
            factor[i] = c.get(i) * Math.sqrt(settings.get(i).scaling());
        }
        Kernel sum = Kernel.combination(factor);
        return (offset, dst, count) -> {
            float[][] values = new float[files.size()][count];
            for (int i = 0; i < values.length; i++) {
                read(i, name, offset, values[i], 0, count);
            }
            sum.apply(values, count, dst, 0);
        };
    }

    /** The rows of all c_i·s_i·A_i, one adapter after the other. */
    private FloatSource stacked(String name, int columns) {
        List<Double> c = merge.coefficients();
        return (offset, dst, count) -> {
            long first = 0;
            for (int i = 0; i < files.size(); i++) {
                long next = first + (long) settings.get(i).rank() * columns;
                long from = Math.max(first, offset);
                int n = (int) (Math.min(next, offset + count) - from);
                if (n > 0) {
                    int at = (int) (from - offset);
                    double factor = c.get(i) * settings.get(i).scaling();
                    read(i, name, from - first, dst, at, n);
                    for (int e = at; e < at + n; e++) {
                        dst[e] = (float) (factor * dst[e]);
                    }
                }
                first = next;
            }
        };
    }

    /** The columns of all B_i, beside each other in every row. */
    private FloatSource beside(String name, int rank) {
        return (offset, dst, count) -> {
            long top = offset / rank;
            int rows = (int) ((offset + count - 1) / rank - top) + 1;
            int column = 0;
            for (int i = 0; i < files.size(); i++) {
                int own = settings.get(i).rank();
                float[] x = new float[Math.multiplyExact(rows, own)];
                read(i, name, top * own, x, 0, x.length);
                for (int row = 0; row < rows; row++) {
                    long start = (top + row) * rank + column - offset;
                    int skip = (int) Math.max(0, -start);
                    int n = (int) Math.min(own, count - start) - skip;
                    if (n > 0) {
                        System.arraycopy(x, row * own + skip, dst, (int) start + skip, n);
                    }
                }
                column += own;
            }
        };
    }

    @Override
    public void close() {
        files.forEach(SafeTensorsFile::close);
    }
}
