package org.align4j.recipes.rundir.internal;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Facts about the machine and the virtual machine. */
public final class Machine {
    /** The CPU features that decide which kernels run. */
    private static final Set<String> FEATURES = Set.of("sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl",
            "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8", "asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2");

    private Machine() {
    }

    public static Map<String, Object> java() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("version", System.getProperty("java.version"));
        m.put("vendor", System.getProperty("java.vendor"));
        m.put("vm", System.getProperty("java.vm.name"));
        return m;
    }

    public static Map<String, Object> os() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("name", System.getProperty("os.name"));
        m.put("version", System.getProperty("os.version"));
        m.put("arch", System.getProperty("os.arch"));
        return m;
    }

    /** Model and features from a file in the format of Linux's {@code /proc/cpuinfo}; the cores alone where there is none. */
    public static Map<String, Object> cpu(Path cpuinfo) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("cores", Runtime.getRuntime().availableProcessors());
        if (!Files.isReadable(cpuinfo)) {
            return m;
        }
        try {
            for (String line : Files.readAllLines(cpuinfo)) {
                int colon = line.indexOf(':');
                if (colon < 0) {
                    continue;
                }
                String value = line.substring(colon + 1).strip();
                switch (line.substring(0, colon).strip()) {
                    case "model name" -> m.putIfAbsent("model", value);
                    case "flags", "Features" -> m.putIfAbsent("features", features(value));
                    default -> { }
                }
            }
        } catch (IOException e) {
            return m;
        }
        return m;
    }

    public static Map<String, Object> memory() {
        Map<String, Object> m = new LinkedHashMap<>();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os) {
            m.put("total", os.getTotalMemorySize());
        }
        m.put("heap_limit", Runtime.getRuntime().maxMemory());
        return m;
    }

    private static List<String> features(String flags) {
        List<String> out = new ArrayList<>();
        for (String f : flags.split("\\s+")) {
            if (FEATURES.contains(f)) {
                out.add(f);
            }
        }
        return out;
    }
}
