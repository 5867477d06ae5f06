package org.align4j.core.backend.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.javacpp.Loader;

/** What oneDNN finds on this CPU. */
public final class OneDnnCpu {
    private OneDnnCpu() {}

    /** Why oneDNN cannot be used here, or null. */
    public static String problem() {
        try {
            Loader.load(org.bytedeco.dnnl.global.dnnl.class);
            return null;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            return "its native library for " + Loader.getPlatform() + " does not load (" + e.getMessage() + ")";
        }
    }

    /** Whether products of bfloat16 operands are faster than those of float32: AVX-512 BF16, AMX or later. */
    public static boolean bf16Units() {
        int isa = dnnl_get_effective_cpu_isa();
        return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
    }

    /** The instruction set oneDNN generates code for. */
    public static String isa() {
        int isa = dnnl_get_effective_cpu_isa();
        if ((isa & dnnl_cpu_isa_avx512_core_amx) == dnnl_cpu_isa_avx512_core_amx) {
            return "AVX-512 with AMX";
        } else if ((isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16) {
            return "AVX-512 with BF16";
        } else if ((isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni) {
            return "AVX-512 with VNNI";
        } else if ((isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core) {
            return "AVX-512";
        } else if ((isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2) {
            return "AVX2";
        }
        return "SSE4.1 or older";
    }
}
