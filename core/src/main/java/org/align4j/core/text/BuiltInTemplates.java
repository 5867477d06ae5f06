package org.align4j.core.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Templates for models that come without one. */
final class BuiltInTemplates {
    private static final String CHATML = """
            {%- for message in messages -%}
            {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
            """;

    /** The turns, one below the other; the assistant's end with the end-of-text token. */
    private static final String PLAIN = """
            {%- for message in messages -%}
            {{- message.content + (eos_token | default('') if message.role == 'assistant' else '') -}}
            {{- '\\n' if add_generation_prompt or not loop.last else '' -}}
            {%- endfor -%}
            """;

    private static final String ALPACA = """
            {%- for message in messages -%}
            {%- if message.role == 'assistant' -%}
            {{- '### Response:\\n' + message.content + eos_token | default('') -}}
            {%- elif message.role == 'user' -%}
            {{- '### Instruction:\\n' + message.content -}}
            {%- elif message.role == 'system' -%}
            {{- message.content -}}
            {%- else -%}
            {{- raise_exception("alpaca knows the roles system, user and assistant, found '" + message.role + "'") -}}
            {%- endif -%}
            {{- '\\n\\n' if add_generation_prompt or not loop.last else '' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- '### Response:\\n' -}}{%- endif -%}
            """;

    static final Map<String, String> SOURCES = new TreeMap<>(Map.of("chatml", CHATML, "plain", PLAIN, "alpaca", ALPACA));

    /** Tokens without which a template marks nothing. */
    static final Map<String, List<String>> TOKENS = Map.of("chatml", List.of("<|im_start|>", "<|im_end|>"));

    private BuiltInTemplates() {}
}
