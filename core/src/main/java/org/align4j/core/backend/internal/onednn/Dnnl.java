package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.*;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.align4j.core.backend.DType;
import org.align4j.core.backend.Tensor;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A thin hold on oneDNN's C interface: one CPU engine, one stream, and a bounded cache of compiled primitives by shape. */
final class Dnnl implements AutoCloseable {
    static final int F32 = dnnl_f32;
    static final int BF16 = dnnl_bf16;
    /** Primitives kept; beyond it the least recently used one is destroyed. */
    private static final int CACHED = 4096;

    private final dnnl_engine engine;
    private final dnnl_stream stream;
    private boolean closed;
    private final Map<Object, Primitive> cache = new LinkedHashMap<>(256, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Primitive> eldest) {
            if (size() <= CACHED) {
                return false;
            }
            eldest.getValue().destroy();
            return true;
        }
    };

    /** oneDNN's name for a tensor's type. */
    static int type(Tensor t) {
        return t.dtype() == DType.F32 ? F32 : BF16;
    }

    Dnnl() {
        PointerPointer<Pointer> out = new PointerPointer<>(1);
        check(dnnl_engine_create(out, dnnl_cpu, 0), "engine");
        engine = new dnnl_engine(out.get(0));
        check(dnnl_stream_create(out, engine, dnnl_stream_default_flags), "stream");
        stream = new dnnl_stream(out.get(0));
        out.close();
    }

    static void check(int status, String what) {
        if (status != dnnl_success) {
            throw new IllegalStateException("oneDNN refused " + what + " (status " + status + ")");
        }
    }

    dnnl_engine engine() {
        return engine;
    }

    /** Descriptor of a tensor with the given sizes and strides. */
    static dnnl_memory_desc desc(int dtype, long[] dims, long[] strides) {
        try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
            check(dnnl_memory_desc_create_with_strides(out, dims.length, dims, dtype, strides), "a memory descriptor");
            return new dnnl_memory_desc(out.get(0));
        }
    }

    /** Descriptor of a row-major dense tensor. */
    static dnnl_memory_desc dense(int dtype, long... dims) {
        long[] strides = new long[dims.length];
        long s = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = s;
            s *= dims[i];
        }
        return desc(dtype, dims, strides);
    }

    /** Descriptor of a matrix whose order in memory a primitive may choose. */
    static dnnl_memory_desc any(int dtype, long rows, long cols) {
        try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
            check(dnnl_memory_desc_create_with_tag(out, 2, new long[] {rows, cols}, dtype, dnnl_format_tag_any), "a memory descriptor");
            return new dnnl_memory_desc(out.get(0));
        }
    }

    /** How a primitive wants its weights: a copy, which outlives the descriptor it is asked of. */
    static dnnl_memory_desc weights(dnnl_primitive_desc desc) {
        try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
            check(dnnl_memory_desc_clone(out, new dnnl_memory_desc(dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0))), "a memory descriptor");
            return new dnnl_memory_desc(out.get(0));
        }
    }

    /** Attributes: post-operations. */
    static dnnl_primitive_attr attributes(float linear, boolean accumulate) {
        try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
            check(dnnl_primitive_attr_create(out), "attributes");
            dnnl_primitive_attr attr = new dnnl_primitive_attr(out.get(0));
            if (linear != 1f || accumulate) {
                check(dnnl_post_ops_create(out), "post-operations");
                dnnl_post_ops ops = new dnnl_post_ops(out.get(0));
                if (linear != 1f) {
                    check(dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_linear, linear, 0f), "a scale");
                }
                if (accumulate) {
                    check(dnnl_post_ops_append_sum(ops, 1f, 0, dnnl_data_type_undef), "accumulation");
                }
                check(dnnl_primitive_attr_set_post_ops(attr, ops), "post-operations");
                dnnl_post_ops_destroy(ops);
            }
            return attr;
        }
    }

    /** Creates a primitive descriptor through one of oneDNN's functions. */
    interface Creator {
        int create(PointerPointer<Pointer> out);
    }

    static dnnl_primitive_desc primitiveDesc(String what, Creator c) {
        try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
            check(c.create(out), what);
            return new dnnl_primitive_desc(out.get(0));
        }
    }

    Primitive cached(Object key, Supplier<Primitive> build) {
        if (closed) {
            throw new IllegalStateException("Backend used after it was closed");
        }
        Primitive p = cache.get(key);
        if (p == null) {
            p = build.get();
            cache.put(key, p);
        }
        return p;
    }

    Primitive primitive(dnnl_primitive_desc desc, List<Arg> args) {
        return new Primitive(desc, args);
    }

    /** An argument: its oneDNN index and descriptor. */
    record Arg(int index, dnnl_memory_desc desc) {}

    /** A compiled primitive with its argument slots. */
    final class Primitive {
        private final dnnl_primitive primitive;
        private final dnnl_memory[] memories;
        private final dnnl_exec_arg_t args;

        private Primitive(dnnl_primitive_desc desc, List<Arg> list) {
            try (PointerPointer<Pointer> out = new PointerPointer<>(1)) {
                check(dnnl_primitive_create(out, desc), "a primitive");
                primitive = new dnnl_primitive(out.get(0));
                dnnl_primitive_desc_destroy(desc);
                memories = new dnnl_memory[list.size()];
                args = new dnnl_exec_arg_t(list.size());
                for (int i = 0; i < memories.length; i++) {
                    check(dnnl_memory_create(out, list.get(i).desc(), engine, new Pointer()), "a memory object");
                    memories[i] = new dnnl_memory(out.get(0));
                    args.position(i).arg(list.get(i).index()).memory(memories[i]);
                }
                args.position(0);
            }
        }

        /** Runs over the given memory, one pointer for each argument in order, and waits. */
        void run(Pointer... pointers) {
            for (int i = 0; i < memories.length; i++) {
                check(dnnl_memory_set_data_handle(memories[i], pointers[i]), "a buffer");
            }
            check(dnnl_primitive_execute(primitive, stream, memories.length, args), "to run a primitive");
            check(dnnl_stream_wait(stream), "to finish a primitive");
        }

        private void destroy() {
            for (dnnl_memory m : memories) {
                dnnl_memory_destroy(m);
            }
            dnnl_primitive_destroy(primitive);
            args.close();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        cache.values().forEach(Primitive::destroy);
        cache.clear();
        dnnl_stream_destroy(stream);
        dnnl_engine_destroy(engine);
    }
}
