package org.align4j.core.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T15:04:05Z"), ZoneOffset.UTC);
    private static final Map<String, Object> CHAT = Map.of("bos_token", "<s>", "eos_token", "</s>", "add_generation_prompt", true, "messages",
            List.of(Map.of("role", "user", "content", "Hi"), Map.of("role", "assistant", "content", "Yo ")));

    private static String render(String source) {
        return Template.parse("test", source).render(CHAT, CLOCK).text();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '~', textBlock = """
            3 @ ~a
            {% if true %}
            {{ raise_exception('odd roles') }}{% endif %}~ @ odd roles
            1 @ {% for m in messages %}x @ never closed
            2 @ ~
            {% include 'x' %}~ @ 'include' is not supported
            2 @ ~
            {{ 'a' | nothing }}~ @ filter 'nothing'
            1 @ {{ messages is strange }} @ test 'strange'
            3 @ ~{% macro m(x) %}

            {{ x.y.z }}{% endmacro %}{{ m({}) }}~ @ 'y'
            1 @ {{ messages.append(1) }} @ would change
            1 @ {{ 9223372036854775807 + 1 }} @ 64 bits
            1 @ {{ ''.__class__ }} @ __class__
            2 @ ~{{ 1 }}
            {{ a b }}~ @ expected '}}'
            1 @ {% break %} @ outside a loop
            1 @ {% for x in [1] recursive %}{% endfor %} @ recursive
            1 @ {{ f(*messages) }} @ not supported
            1 @ {{ 'a'|safe + '<' }} @ safe
            1 @ {{ [1,2,3]|first ~ missing.x }} @ 'missing' is undefined
            """)
    void errorsNameTheLineAndTheProblem(int line, String source, String problem) {
        TemplateException e = assertThrows(TemplateException.class, () -> render(source));
        assertEquals(line, e.line(), e.getMessage());
        assertTrue(e.getMessage().startsWith("Chat template test, line " + line + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(problem), e.getMessage());
    }

    @Test
    void datesComeFromTheClock() {
        assertEquals("06 Jul 2024|2024-07-06|6|July|15:04:05|03 PM|100%|188", render(
                "{{ strftime_now('%d %b %Y|%Y-%m-%d|%-d|%B|%H:%M:%S|%I %p|100%%|%j') }}"));
        assertThrows(TemplateException.class, () -> render("{{ strftime_now('%Q') }}"));
    }

    @Test
    void generationGivesTheSpansOfTheAssistant() {
        Rendered r = Template.parse("t", "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}</s>{% endgeneration %}"
                + "{% else %}{{ m.content }}{% endif %}{% endfor %}").render(CHAT, CLOCK);
        assertEquals("<user>Hi<assistant>Yo </s>", r.text());
        assertEquals(1, r.generated().size());
        assertEquals("Yo </s>", r.text().substring(r.generated().get(0).start(), r.generated().get(0).end()));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for a in range(1000) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(1000) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == [[ns.s[0], ns.s[1]]][0] }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
        "{{ 'x' * 1000000000 }}", "{{ 'x' * 9223372036854775807 }}", "{{ [1] * 1000000000 }}", "{{ 2 ** 9223372036854775807 }}", "{{ range(10 ** 18)|list }}",
        "{% set s = 'x' * 90000 %}{{ s.replace('', s) }}", "{{ 'a\\nb'|indent(1000000000 * 1000000) * 100000 * 100000 }}",
    })
    void hostileTemplatesEndSoon(String source) {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertThrows(TemplateException.class, () -> render(source)));
    }

    @Test
    void deepNestingIsRefused() {
        for (String source : List.of("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}", "{{ " + "-".repeat(100_000) + "1 }}",
                "{{ " + "not ".repeat(100_000) + "1 }}", "{% if 1 %}".repeat(50_000), "{% if 1 %}" + "{% elif 1 %}".repeat(5_000) + "{% endif %}",
                "{{ " + "[".repeat(100_000), "{{ 1" + "|abs".repeat(20_000) + " }}", "{{ x" + ".a".repeat(100_000) + " }}", "{{ 1" + "+1".repeat(100_000) + " }}",
                "{{ 1" + " if 1 else 1".repeat(20_000) + " }}")) {
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
                try {
                    render(source);
                } catch (TemplateException e) {
                    assertTrue(e.getMessage().length() < 1000, "the message stays readable");
                }
            });
        }
        assertThrows(TemplateException.class, () -> render("{{ " + "(".repeat(1000) + "1" + ")".repeat(1000) + " }}"));
    }

    /** Templates cut, doubled and mixed up at random may render or be refused, and nothing else. */
    @Test
    void mutatedTemplatesNeverCrash() {
        String[] seeds = {
            "{%- set ns = namespace(i=0) -%}{% for m in messages[::-1] if m.role in ['user', 'assistant'] -%}{{ loop.index0 ~ m['content'] | trim | tojson }}"
                    + "{% set ns.i = ns.i + 1 %}{%- endfor %}{{ ns.i }}{# c #}",
            "{% macro f(a, b=2) -%}{{ a.split('x')[-1].strip() if a is string else b // 2 }}{%- endmacro %}{{ f('1x2') }}{{ f(1, b=-7.5) }}{% raw %}{{{% endraw %}",
            "{% if not add_generation_prompt is defined %}{% set x %}q{% endset %}{% elif messages|selectattr('role', 'equalto', 'user')|list|length > 0 %}"
                    + "{{ {'a': [1, 2.5, none]}|tojson(indent=2) }}{% else %}{{ raise_exception('e') }}{% endif %}{{ '%s' % bos_token }}",
            "{% call(x) g(1) %}{{ x }}{% endcall %}{% filter upper %}a{% endfilter %}{% with a = 1 %}{{ a }}{% endwith %}{% generation %}z{% endgeneration %}",
        };
        String[] pieces = {"{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",", ":", "~", " if ", " else ",
            " is ", " not ", " in ", "\n", "0", "99999999999999999999", "1e999", "loop", "caller()", "*", "**", "//", "%", "end", "\ud83d\ude00", "\u0000", "for x in y"};
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20240706);
        int rendered = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder source = new StringBuilder(seeds[random.nextInt(seeds.length)]);
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                int at = random.nextInt(source.length() + 1);
                int to = Math.min(source.length(), at + random.nextInt(8));
                switch (random.nextInt(4)) {
                    case 0 -> source.delete(at, to);
                    case 1 -> source.insert(at, pieces[random.nextInt(pieces.length)]);
                    case 2 -> source.insert(random.nextInt(source.length() + 1), source.substring(at, to));
                    default -> source.replace(at, to, pieces[random.nextInt(pieces.length)]);
                }
            }
            String text = source.toString();
            try {
                render(text);
                rendered++;
            } catch (TemplateException e) {
                assertTrue(e.line() >= 1, text);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("mutation " + i + ": " + text, e);
            }
        }
        assertTrue(rendered > 500, "only " + rendered + " rendered");
    }
}
