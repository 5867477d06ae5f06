package org.align4j.recipes.recipe;

import java.nio.file.Path;
import java.util.List;
import org.align4j.recipes.yaml.Problem;
import org.align4j.recipes.yaml.RecipeException;

/** Recipes the tests share. */
final class Examples {
    static final Path BASE = Path.of("/recipes");

    static final String SMALL = """
            name: stories-dpo
            model: {path: models/stories15M}
            data:
              sft: {path: data/sft.jsonl}
              preferences: {path: data/pairs.jsonl}
            stages:
              - sft: {epochs: 1}
              - dpo: {beta: 0.2}
            """;

    static final String FULL = """
            # Every kind of setting once.
            name: everything
            seed: 1_000
            output: out/run 1
            model:
              init: {hidden_size: 64, layers: 2, heads: 4, kv_heads: 2, context_length: 1e3}
              tokenizer: tok/tokenizer.json
              chat_template: |
                {% for m in messages %}
                \t"{{ m.content }}"\\
                {% endfor %}
              precision: bf16
              backend: onednn
            data:
              pretrain: {path: [a.txt, b.txt], format: text}
              sft:
                path: sft.jsonl
                held_out: 200
                columns: {response: 'no', prompt: "true"}
                turns: all
              preferences:
                path: pairs.jsonl.gz
                max_length: 1024
                on_overflow: truncate_prompt
                pairs: adjacent
                held_out: 0.05
                limit: 5000
            budget:
              total: 2000
              unit: cost
              cost: {sft: 1.0, preference: 0.5}
              split: {sft: 0.25, preference: 0.75}
            stages:
              - pretrain: {max_steps: 100, learning_rate: 1e-3, schedule: cosine, min_lr_ratio: .1}
              - sft: {epochs: 2, batch_size: 16, learning_rate: 2e-5, warmup_ratio: 0.1, eval_every: 10}
              - dpo: {beta: 0.1, learning_rate: 5e-7, label_smoothing: 0.1, reference: frozen, warmup_steps: 5, max_grad_norm: null}
              - dpo: {reference_free: true, epochs: 0.5}
            evaluate: {prompts: data/heldout.jsonl, temperature: 0.7, samples: 4, every: 50}
            memory: 8GB
            """;

    static final String FAMILIES = """
            name: families
            model: {path: m}
            data: {sft: {path: s.jsonl}, preferences: {path: p.jsonl}, unpaired: {path: u.jsonl}, prompts: {path: q.jsonl, held_out: 10}}
            stages:
              - sft: {loss: minor_sft, beta: 0.1, reduction: mean, reference: frozen}
              - sft: {loss: kl_sft, weight: 0.5, estimator: k2}
              - distill: {teacher: t}
              - dpo: {loss: ipo, tau: 0.2}
              - dpo: {loss: [dpo, bco_pair, sft], weights: [0.8, 0.2, 1], reference: {sync: {alpha: 0.5, every: 64}}}
              - dpo: {loss: [dpo, dpo_norm]}
              - dpo: {loss: f_dpo, divergence: alpha, shape: hinge, reference: {soup: {models: [a, b], weights: [0.25, 0.75]}}}
              - sft: {adapter: {rank: 8, alpha: 16, dropout: 0.1, targets: q_proj, rslora: true, dora: true, quantize: nf4, then: keep}}
              - dpo: {adapter: {previous: true}, reference: adapter_off}
              - sft: {lisa: {layers: 1, every: 5}}
              - slic: {adapter: {init: peft, quantize: nf4}}
              - slic: {loss: rso_hinge, gamma: 0.1}
              - orpo: {lambda: 0.2, prompt_nll: true}
              - cpo: {shape: hinge}
              - simpo: {beta: 2, gamma_beta_ratio: 0.5}
              - alphapo: {}
              - lipo: {loss: lambda, discount: ln, labels: ranks, reference: sync}
              - kto: {desirable_weight: 1.3}
              - unlikelihood: {}
              - ppo: {reward: final_answer, values: shared, kl_target: 6, missing_eos_penalty: 1, target_kl: 0.1}
              - ppo: {reward: {judge: {path: j}}, values: {reward_model: {path: rm}}, score_place: after_last_token, whiten_rewards: true, eval_every: 8}
              - grpo: {loss: gspo, reward: {regex: {pattern: 'a+'}}, beta: 0.04}
              - rloo: {reward: exact_match, reference: {soup: {models: [a, b]}}, kl_estimator: k3}
              - reinforce: {reward: {length: {most: 100}}, normalize_scores: true}
            """;

    static final String SAMPLING = """
            name: sampling
            model: {path: m}
            data: {sft: {path: s.jsonl}, prompts: {path: q.jsonl}}
            stages:
              - sample: {reward: final_answer, keep: best_of_n}
              - sft: {}
              - sample: {reward: {model: {path: rm}}, keep: {rso: {accept: 8, beta: 0.5, ranking: tournament}}, samples: 64, held_out: 20, cache: c}
              - dpo: {data: sampled}
              - sample:
                  prompts: {path: q.jsonl, limit: 100}
                  answer_field: solution
                  max_new_tokens: 64
                  temperature: 1.0
                  top_p: 0.9
                  min_p: 0.05
                  repetition_penalty: 1.1
                  stop: ["\n\n", "Q:"]
                  reward:
                    ensemble:
                      of:
                        - ranker: {path: r, against: reference}
                        - judge: {path: j, chat: true}
                        - length_penalised: {of: {regex: {pattern: '\\d+', whole: true}}, alpha: 0.1, unit: tokens, free: 10}
                      combine: sum
                      weights: [1, 0.5, 2]
                  keep: lists
                  shard_prompts: 10
              - lipo: {}
              - sample: {reward: {length: {most: 20}}, keep: {pairs: {ranking: best_worst}}}
              - sample: {reward: {json_schema: {schema_file: s.json}}, keep: {threshold: {above: 1, normalization: z_score, within: prompt}}}
              - sample: {reward: {ifeval: {loose: true, all: true}}, keep: best_of_n}
              - sample: {reward: {exact_match: {ignore_case: true, right: 1, not_ended: null}}, keep: {steps: {rollouts: 4, step_end: '[.] '}}}
              - sample: {samples: 1, temperature: 0, reward: {ensemble: {of: [exact_match, final_answer], combine: mean_less_std, lambda: 2}}, keep: {s3ft: {right_at: 5}}}
              - sample: {candidates: {path: c.jsonl}, keep: {grape: {normalised: true}}}
            """;

    static final String SELECTION = """
            name: selection
            model: {path: m}
            data: {sft: {path: s.jsonl, held_out: 10}, preferences: {path: p.jsonl}}
            stages:
              - select:
                  steps:
                    - length: {min_prompt: 1, max_response: 512, unit: words}
                    - near_duplicates
                    - near_duplicates: {threshold: 0.7, shingles: characters, size: 5, part: prompt, best: {judge: {path: j}}}
                    - decontaminate: {against: [t.jsonl, u.jsonl], held_out: true, ngram: 13, share: 0.8, part: prompt}
                    - quality: {reward: {length: {most: 20}}, keep: 0.5}
                    - perplexity: {score: ifd, max: 1}
                    - perplexity: {from: 0.25, to: 0.75}
                    - perplexity: {keep: 100, where: lowest}
                    - diversity: {clusters: 8, keep: 64, quality: final_answer, temperature: 0.5, quota: equal}
                    - diversity: {clusters: 8, keep: 0.5, embedding: words, part: prompt}
                    - instruction_mining: {keep: 32, coefficients: {len: 0.1, knn: -1, ppl: 0.01}, neighbour: 3}
                    - random: {keep: 16}
                  cache: c
              - sft: {eval_every: 5}
              - select: {rows: preferences, source: {path: q.jsonl}, answer_field: gold, shard_rows: 64, steps: [{quality: {reward: exact_match, of: margin, above: 0}}]}
              - dpo: {}
              - sample: {reward: final_answer, keep: best_of_n}
              - select: {steps: [{random: {keep: 0.5}}]}
              - select: {data: recipe, steps: [{random: {keep: 1e-2}}]}
              - sft: {data: sampled}
            """;

    private Examples() {}

    /** The stages that minimise a loss, in the order they are done. */
    static List<LossStage> losses(Recipe recipe) {
        return recipe.list().entries().stream().map(StageList.Entry::stage).filter(LossStage.class::isInstance).map(LossStage.class::cast).toList();
    }

    static Recipe parse(String text, String... overrides) {
        return RecipeReader.parse("recipe.yaml", text, List.of(overrides), BASE, false);
    }

    /** The problems of a recipe, as printed; none if it is fine. */
    static List<String> problems(String text, String... overrides) {
        try {
            parse(text, overrides);
            return List.of();
        } catch (RecipeException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}
