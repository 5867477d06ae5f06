package org.align4j.recipes.yaml;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamEndEvent;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * Reads one YAML document into a {@link YamlNode} tree.
 *
 * <p>What makes a configuration say something other than what it shows is refused with its place: anchors, aliases, merge keys, tags, duplicate keys,
 * several documents. The tree is built from SnakeYAML's events rather than its composed nodes, because there an alias has lost its own place.
 */
public final class YamlReader {
    /** Characters a document may have. */
    public static final int MAX_CHARS = 1 << 20;
    /** Levels of nesting a document may have. */
    public static final int MAX_DEPTH = 32;

    private final String source;
    private final List<Problem> problems;
    private final Iterator<Event> events;
    private Place last;

    private YamlReader(String source, String text, List<Problem> problems) {
        this.source = source;
        this.problems = problems;
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARS);
        options.setNestingDepthLimit(MAX_DEPTH * 4);
        this.events = new Yaml(options).parse(new StringReader(text)).iterator();
    }

    /**
     * Reads a document.
     *
     * @param source   how to name it in problems
     * @param text     the document
     * @param problems receives what is wrong with it
     * @return the tree, or null when the text is so broken that there is none
     */
    public static YamlNode read(String source, String text, List<Problem> problems) {
        Place start = new Place(source, 1, 1);
        if (text.length() > MAX_CHARS) {
            problems.add(new Problem(start, "", "the file has " + text.length() + " characters, a recipe may have " + MAX_CHARS, "is this the right file?"));
            return null;
        }
        YamlReader reader = new YamlReader(source, text, problems);
        reader.last = start;
        try {
            return reader.document(start);
        } catch (IllegalArgumentException e) {
            // SnakeYAML lets this through for escapes beyond Unicode, such as "\\UFFFFFFFF", and keeps the place to itself.
            problems.add(new Problem(reader.last, "", "not valid YAML: an escape after this place names no character", "look for \\x, \\u, \\U or % near it"));
        } catch (MarkedYAMLException e) {
            problems.add(syntax(source, e, start));
        } catch (ReaderException e) {
            problems.add(new Problem(placeOf(source, text, e.getPosition()), "",
                    String.format("the character U+%04X may not stand in YAML", e.getCodePoint()), "remove it, or write it as an escape in double quotes"));
        } catch (YAMLException e) {
            problems.add(new Problem(start, "", "not valid YAML: " + oneLine(e.getMessage()), ""));
        } catch (TooDeep e) {
            problems.add(new Problem(e.at, "", "nested deeper than " + MAX_DEPTH + " levels", ""));
        }
        return null;
    }

    private Event next() {
        Event event = events.next();
        last = place(source, event.getEndMark());
        return event;
    }

    private YamlNode document(Place start) {
        next(); // stream start
        Event first = next();
        if (first instanceof StreamEndEvent) {
            problems.add(new Problem(start, "", "the file is empty", ""));
            return null;
        }
        YamlNode root = node(next(), 0);
        next(); // document end
        Event after = next();
        if (after instanceof DocumentStartEvent) {
            problems.add(new Problem(place(after), "", "a second document starts here", "keep one document to a file and remove the '---'"));
        }
        return root;
    }

    private YamlNode node(Event event, int depth) {
        Place at = place(event);
        if (depth > MAX_DEPTH) {
            throw new TooDeep(at);
        }
        refuseIndirection(event, at);
        if (event instanceof ScalarEvent scalar) {
            return new YamlNode.Scalar(scalar.getValue(), scalar.isPlain(), at);
        }
        if (event instanceof SequenceStartEvent) {
            List<YamlNode> items = new ArrayList<>();
            for (Event e = next(); !(e instanceof SequenceEndEvent); e = next()) {
                items.add(node(e, depth + 1));
            }
            return new YamlNode.Sequence(items, at);
        }
        if (event instanceof MappingStartEvent) {
            return mapping(at, depth);
        }
        return new YamlNode.Scalar("", true, at); // an alias, already reported
    }

    private YamlNode.Mapping mapping(Place at, int depth) {
        List<YamlNode.Entry> entries = new ArrayList<>();
        Map<String, Place> seen = new HashMap<>();
        for (Event e = next(); !(e instanceof MappingEndEvent); e = next()) {
            YamlNode key = node(e, depth + 1);
            YamlNode value = node(next(), depth + 1);
            if (!(key instanceof YamlNode.Scalar name)) {
                problems.add(new Problem(key.at(), "", "a key must be a word, found " + key.describe(), "quote it if it begins with '{' or '['"));
            } else if (name.plain() && name.text().equals("<<")) {
                problems.add(new Problem(key.at(), "", "the merge key '<<' is not supported", "write the settings out"));
            } else {
                Place earlier = seen.putIfAbsent(name.text(), key.at());
                if (earlier != null) {
                    problems.add(new Problem(key.at(), "", "duplicate key '" + name.text() + "', first given at " + earlier.line() + ":" + earlier.column(), "keep one"));
                } else {
                    entries.add(new YamlNode.Entry(name.text(), key.at(), value));
                }
            }
        }
        return new YamlNode.Mapping(entries, at);
    }

    private void refuseIndirection(Event event, Place at) {
        if (event instanceof AliasEvent alias) {
            problems.add(new Problem(at, "", "the alias '*" + alias.getAnchor() + "' is not supported", "write the value out"));
        } else if (event instanceof NodeEvent node && node.getAnchor() != null) {
            problems.add(new Problem(at, "", "the anchor '&" + node.getAnchor() + "' is not supported", "remove it, and write the value out where it is used"));
        }
        String tag = event instanceof ScalarEvent s ? s.getTag()
                : event instanceof MappingStartEvent m ? m.getTag()
                : event instanceof SequenceStartEvent q ? q.getTag() : null;
        if (tag != null) {
            problems.add(new Problem(at, "", "the tag '" + tag + "' is not supported", "remove it; the setting knows its type"));
        }
    }

    private Place place(Event event) {
        return place(source, event.getStartMark());
    }

    private static Place place(String source, Mark mark) {
        return new Place(source, mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static Problem syntax(String source, MarkedYAMLException e, Place start) {
        Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
        String problem = oneLine(e.getProblem() == null ? e.getMessage() : e.getProblem());
        String context = e.getContext() == null ? "" : " (" + oneLine(e.getContext()) + ")";
        String hint = problem.contains("TAB") || problem.contains("\\t") ? "indent with spaces" : "check the indentation, colons and quotes here and on the line above";
        return new Problem(mark == null ? start : place(source, mark), "", "not valid YAML: " + problem + context, hint);
    }

    /** Line and column of a code point offset; SnakeYAML's reader errors know only the offset. */
    private static Place placeOf(String source, String text, int codePoints) {
        int line = 1;
        int column = 1;
        int index = 0;
        for (int n = 0; n < codePoints && index < text.length(); n++) {
            int c = text.codePointAt(index);
            index += Character.charCount(c);
            line += c == '\n' ? 1 : 0;
            column = c == '\n' ? 1 : column + 1;
        }
        return new Place(source, line, column);
    }

    private static String oneLine(String message) {
        return message == null ? "" : message.strip().replaceAll("\\s+", " ");
    }

    /** Thrown at the first node too deep: reading on could only cost time. */
    private static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Place at;

        TooDeep(Place at) {
            super("nested too deep", null, false, false);
            this.at = at;
        }
    }
}
