package org.align4j.core.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's ways to split a string; a negative {@code max} is no limit. */
final class Splits {
    private Splits() {}

    static List<Object> on(String s, String separator, int max) {
        List<Object> out = new ArrayList<>();
        int at = 0;
        for (int i = s.indexOf(separator); i >= 0 && (max < 0 || out.size() < max); i = s.indexOf(separator, at)) {
            out.add(s.substring(at, i));
            at = i + separator.length();
        }
        out.add(s.substring(at));
        return out;
    }

    static List<Object> onRight(String s, String separator, int max) {
        List<Object> out = new ArrayList<>();
        int end = s.length();
        while (out.size() < max) {
            int i = s.lastIndexOf(separator, end - separator.length());
            if (i < 0 || end < separator.length()) {
                break;
            }
            out.add(s.substring(i + separator.length(), end));
            end = i;
        }
        out.add(s.substring(0, end));
        Collections.reverse(out);
        return out;
    }

    static List<Object> space(String s, int max) {
        List<Object> out = new ArrayList<>();
        String rest = Chars.stripStart(s);
        int at = 0;
        while (at < rest.length()) {
            if (max >= 0 && out.size() == max) {
                out.add(rest.substring(at));
                return out;
            }
            int end = at;
            while (end < rest.length() && !Chars.isSpace(rest.charAt(end))) {
                end++;
            }
            out.add(rest.substring(at, end));
            at = end;
            while (at < rest.length() && Chars.isSpace(rest.charAt(at))) {
                at++;
            }
        }
        return out;
    }

    static List<Object> spaceRight(String s, int max) {
        List<Object> out = new ArrayList<>();
        String rest = Chars.stripEnd(s);
        int end = rest.length();
        while (end > 0 && out.size() < max) {
            int start = end;
            while (start > 0 && !Chars.isSpace(rest.charAt(start - 1))) {
                start--;
            }
            out.add(rest.substring(start, end));
            end = start;
            while (end > 0 && Chars.isSpace(rest.charAt(end - 1))) {
                end--;
            }
        }
        if (end > 0) {
            out.add(rest.substring(0, end));
        }
        Collections.reverse(out);
        return out;
    }
}
