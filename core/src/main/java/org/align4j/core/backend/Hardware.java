package org.align4j.core.backend;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.align4j.core.backend.internal.host.Workers;
import org.align4j.core.backend.internal.onednn.OneDnnCpu;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/** What the native libraries find on this machine. */
public final class Hardware {
    private Hardware() {}

    /** Why oneDNN cannot be used here, or null. */
    public static String oneDnnProblem() {
        return OneDnnCpu.problem();
    }

    /** Whether the CPU multiplies bfloat16 matrices in hardware; false where oneDNN cannot be used. */
    public static boolean bf16Units() {
        return oneDnnProblem() == null && OneDnnCpu.bf16Units();
    }

    /** Instruction set the kernels are generated for, or "unknown". */
    public static String instructionSet() {
        return oneDnnProblem() == null ? OneDnnCpu.isa() : "unknown";
    }

    /** Threads of kernels written in Java. */
    public static int workerThreads() {
        return Workers.threads();
    }

    /** Most native memory the process may allocate through its native libraries, in bytes; 0 for no limit. */
    public static long nativeLimit() {
        return Pointer.maxBytes();
    }

    /** Version by library, in the order people ask for them; "unknown" where a library does not say. */
    public static Map<String, String> versions() {
        Map<String, String> m = new LinkedHashMap<>();
        m.put("ND4J", maven("org.nd4j", "nd4j-api"));
        m.put("oneDNN", oneDnn());
        m.put("JavaCPP", maven("org.bytedeco", "javacpp"));
        m.put("DJL tokenizers", property("native/lib/tokenizers.properties", "version"));
        return m;
    }

    private static String oneDnn() {
        if (oneDnnProblem() != null) {
            return "unknown";
        }
        dnnl_version_t v = dnnl.dnnl_version();
        return v.major() + "." + v.minor() + "." + v.patch();
    }

    private static String maven(String group, String artifact) {
        return property("META-INF/maven/" + group + "/" + artifact + "/pom.properties", "version");
    }

    private static String property(String resource, String key) {
        try (InputStream in = Hardware.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                return "unknown";
            }
            Properties p = new Properties();
            p.load(in);
            return p.getProperty(key, "unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
