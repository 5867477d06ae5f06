package org.align4j.core.io;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.UserException;
import org.align4j.core.io.internal.StrictJson;

/**
 * The parsed and checked header of a safetensors file: every tensor's bytes follow the one before, from 0 to the end of the file, and
 * are as many as its type and shape say. What passes these checks can be read without meeting a surprise.
 */
record SafeTensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    static final long MAX_BYTES = 100_000_000;
    private static final String METADATA = "__metadata__";
    private static final String REMEDY = "; the file is damaged or was written wrongly, fetch or write it again";

    /** Parses header bytes of a file whose data part has {@code dataBytes} bytes. */
    static SafeTensorsHeader parse(byte[] header, long dataBytes, String file) {
        if (header.length == 0 || header[0] != '{') {
            throw new UserException(file + ": the safetensors header does not begin with '{'" + REMEDY);
        }
        Map<String, Object> json = StrictJson.object(header, file + " (safetensors header)");
        Map<String, String> metadata = new LinkedHashMap<>();
        List<TensorInfo> found = new ArrayList<>();
        json.forEach((name, value) -> {
            if (name.equals(METADATA)) {
                readMetadata(value, metadata, file);
            } else {
                found.add(tensor(name, value, file));
            }
        });
        found.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        long expected = 0;
        String before = "the start of the data";
        for (TensorInfo tensor : found) {
            if (tensor.end() > dataBytes) {
                throw fault(file, tensor.name(), "its data_offsets [" + tensor.begin() + ", " + tensor.end() + "] lie beyond the "
                        + dataBytes + " bytes of data in the file (a truncated download?)");
            }
            if (tensor.begin() != expected) {
                throw fault(file, tensor.name(), "it begins at byte " + tensor.begin() + " but " + before + " ends at " + expected
                        + ": tensors must neither overlap nor leave gaps");
            }
            expected = tensor.end();
            before = "tensor \"" + tensor.name() + "\"";
            tensors.put(tensor.name(), tensor);
        }
        if (expected != dataBytes) {
            throw new UserException(file + ": the header describes " + expected + " bytes of data, the file has " + dataBytes + REMEDY);
        }
        return new SafeTensorsHeader(tensors, metadata);
    }

    private static void readMetadata(Object value, Map<String, String> metadata, String file) {
        if (!(value instanceof Map<?, ?> map)) {
            throw fault(file, METADATA, "it must be an object of strings, found " + kind(value));
        }
        map.forEach((key, text) -> {
            if (!(text instanceof String string)) {
                throw fault(file, METADATA, "\"" + key + "\" must be a string, found " + kind(text));
            }
            metadata.put((String) key, string);
        });
    }

    private static TensorInfo tensor(String name, Object value, String file) {
        if (!(value instanceof Map<?, ?> map)) {
            throw fault(file, name, "its entry must be an object with dtype, shape and data_offsets, found " + kind(value));
        }
        for (Object key : map.keySet()) {
            if (!key.equals("dtype") && !key.equals("shape") && !key.equals("data_offsets")) {
                throw fault(file, name, "its entry has the unknown key \"" + key + "\"");
            }
        }
        if (!(map.get("dtype") instanceof String dtypeName)) {
            throw fault(file, name, "dtype must be a string, found " + kind(map.get("dtype")));
        }
        DType dtype = DType.named(dtypeName).orElseThrow(() -> fault(file, name, "dtype \"" + dtypeName + "\" is not known"));
        long[] shape = longs(map.get("shape"), "shape", name, file);
        long[] offsets = longs(map.get("data_offsets"), "data_offsets", name, file);
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw fault(file, name, "data_offsets must be [begin, end] with begin <= end, found " + map.get("data_offsets"));
        }
        long bytes = dtype.bytes();
        try {
            for (long dimension : shape) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw fault(file, name, "shape " + map.get("shape") + " has more elements than can be addressed");
        }
        if (offsets[1] - offsets[0] != bytes) {
            throw fault(file, name, dtype + " of shape " + map.get("shape") + " takes " + bytes + " bytes, but its data_offsets "
                    + map.get("data_offsets") + " span " + (offsets[1] - offsets[0]));
        }
        return new TensorInfo(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static long[] longs(Object value, String key, String tensor, String file) {
        if (!(value instanceof List<?> list)) {
            throw fault(file, tensor, key + " must be a list of integers, found " + kind(value));
        }
        long[] result = new long[list.size()];
        for (int i = 0; i < result.length; i++) {
            if (!(list.get(i) instanceof Long number) || number < 0) {
                throw fault(file, tensor, key + "[" + i + "] must be an integer from 0 to 2^63 - 1, found " + list.get(i));
            }
            result[i] = number;
        }
        return result;
    }

    private static String kind(Object value) {
        return value == null ? "nothing" : value instanceof String s ? "\"" + s + "\"" : value instanceof Map ? "an object"
                : value instanceof List ? "a list" : value.toString();
    }

    private static UserException fault(String file, String tensor, String what) {
        String name = tensor.length() <= 200 ? tensor : tensor.substring(0, 200) + "…";
        return new UserException(file + ": tensor \"" + name + "\": " + what + REMEDY);
    }
}
