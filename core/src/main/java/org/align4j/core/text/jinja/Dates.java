package org.align4j.core.text.jinja;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** {@code strftime} in the C locale. */
final class Dates {
    private Dates() {}

    static String format(Clock clock, String format) {
        LocalDateTime now = LocalDateTime.now(clock);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            boolean unpadded = i + 1 < format.length() && format.charAt(i + 1) == '-';
            i += unpadded ? 2 : 1;
            char code = i < format.length() ? format.charAt(i) : 0;
            String text = directive(now, code);
            out.append(unpadded && "dmHIMSjy".indexOf(code) >= 0 ? Integer.toString(Integer.parseInt(text)) : text);
        }
        return out.toString();
    }

    private static String directive(LocalDateTime now, char code) {
        String pattern = switch (code) {
            case 'Y' -> "yyyy";
            case 'y' -> "yy";
            case 'm' -> "MM";
            case 'd' -> "dd";
            case 'H' -> "HH";
            case 'I' -> "hh";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'f' -> "SSSSSS";
            case 'j' -> "DDD";
            case 'B' -> "MMMM";
            case 'b', 'h' -> "MMM";
            case 'A' -> "EEEE";
            case 'a' -> "EEE";
            case 'p' -> "a";
            case 'F' -> "yyyy-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'D' -> "MM/dd/yy";
            case 'R' -> "HH:mm";
            case '%' -> "'%'";
            default -> throw new Fault("strftime_now: the directive '%" + (code == 0 ? "" : code) + "' is not supported.");
        };
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
    }
}
