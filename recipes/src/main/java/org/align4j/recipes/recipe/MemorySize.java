package org.align4j.recipes.recipe;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.recipes.yaml.TextForm;

/** An amount of memory in bytes, written such as {@code 8GB} (10⁹ bytes each) or {@code 8GiB} (2³⁰ bytes each). */
@TextForm(json = "string", says = "an amount of memory such as 8GB, 512MB or 8GiB")
public record MemorySize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?) ?([KMGT]i?B)");
    private static final Map<String, Long> UNITS = units();

    public MemorySize {
        if (bytes <= 0) {
            throw new IllegalArgumentException("An amount of memory must be positive, found " + bytes + " bytes");
        }
    }

    /** Reads a number and a unit out of kB to TB and KiB to TiB. */
    public static MemorySize parse(String text) {
        Matcher m = FORM.matcher(text.replaceFirst("kB$", "KB"));
        if (!m.matches()) {
            throw new IllegalArgumentException(text.matches("[\\d.]+") ? "give a unit, such as " + text + "GB" : "");
        }
        BigInteger bytes = new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(UNITS.get(m.group(2)))).toBigInteger();
        if (bytes.signum() == 0 || bytes.bitLength() > 62) {
            throw new IllegalArgumentException("that is " + bytes + " bytes");
        }
        return new MemorySize(bytes.longValue());
    }

    /** In the largest unit that divides it, else in thousands of bytes with decimals. */
    @Override
    public String toString() {
        for (Map.Entry<String, Long> unit : UNITS.entrySet()) {
            if (bytes % unit.getValue() == 0) {
                return bytes / unit.getValue() + unit.getKey();
            }
        }
        return BigDecimal.valueOf(bytes, 3).toPlainString() + "KB";
    }

    private static Map<String, Long> units() {
        Map<String, Long> out = new LinkedHashMap<>();
        String[] names = {"T", "G", "M", "K"};
        for (int i = 0; i < 4; i++) {
            out.put(names[i] + "iB", 1L << (40 - 10 * i));
            out.put(names[i] + "B", (long) Math.pow(1000, 4 - i));
        }
        return out;
    }
}
