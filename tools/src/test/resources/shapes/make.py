"""What transformers computes with models of shapes that nobody publishes. Weights are not stored: they follow from a rule.

    pip install torch==2.15.0 transformers==5.24.0
    python make.py
"""
import json
import pathlib
import tempfile

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
GAMMA, MIX1, MIX2 = (np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def elements(seed, count):
    """Numbers from -1 to 1, exactly the same on every machine: SplitMix64, its top 24 bits."""
    with np.errstate(over="ignore"):
        z = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 32)) * GAMMA
        z = (z ^ (z >> np.uint64(30))) * MIX1
        z = (z ^ (z >> np.uint64(27))) * MIX2
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def rule(name, shape):
    """[mean, scale] of a tensor's elements."""
    if len(shape) == 1:
        return [1, 0.5] if name.endswith("weight") else [0, 0.2]
    if any(word in name for word in ("embed", "shared", "wte", "wpe", "relative_attention_bias")):
        return [0, 0.8]
    return [0, round(1.7 / shape[-1] ** 0.5, 4)]


def made(kind, config, own_head=False):
    """A model whose tensors have their elements by the rule, and [name, shape, mean, scale] of each.

    With a head of its own, where release 5 says that it is tied whatever the file has.
    """
    config.architectures = None
    # Where falcon has ALiBi, "eager" of 5.24 adds it twice: to the scores and with the mask.
    attention = "sdpa" if getattr(config, "alibi", False) else "eager"
    config._experts_implementation = "eager"
    with tempfile.TemporaryDirectory() as folder:
        kind.from_config(config).save_pretrained(folder)
        file = folder + "/model.safetensors"
        shapes = {name: tensor.shape for name, tensor in load_file(file).items()}
        if own_head:
            shapes["lm_head.weight"] = shapes["shared.weight"]
        tensors, values = [], {}
        for name in sorted(shapes):
            mean, scale = rule(name, shapes[name])
            if config.model_type.startswith("gemma"):
                mean = 0
            x = mean + scale * elements(len(tensors), int(np.prod(shapes[name])))
            values[name] = torch.from_numpy(x.astype(np.float32)).reshape(shapes[name])
            tensors.append([name, list(shapes[name]), mean, scale])
        save_file(values, file, {"format": "pt"})
        return kind.from_pretrained(folder, attn_implementation=attention, experts_implementation="eager").eval(), tensors


def rows(logits):
    return [[float(f"{x:.7g}") for x in row] for row in logits.tolist()]


def stored(config):
    """As save_pretrained writes it, without what has no part in the numbers."""
    return {k: v for k, v in json.loads(config.to_json_string(use_diff=False)).items()
            if not k.startswith(("id2label", "label2id", "transformers_version", "output_", "return_", "chunk_size",
                                 "problem_type", "_name", "is_encoder_decoder")) and v is not None}


def decoder(name, lengths=(1, 11), greedy=None, **words):
    config = transformers.AutoConfig.for_model(name, **words)

    def logits_of(ids):  # of a new model each time: some keep the rotation of the longest text so far
        model = made(transformers.AutoModelForCausalLM, config)[0]
        return model(torch.tensor([ids]), use_cache=False).logits[0]

    out = {"config": stored(config), "tensors": made(transformers.AutoModelForCausalLM, config)[1], "cases": []}
    with torch.no_grad():
        for length in lengths:
            ids = [(7 * i + 3 * i * i + 2) % config.vocab_size for i in range(length)]
            logits = logits_of(ids)
            last = max(0, length - 3)
            out["cases"].append({"ids": ids, "from": last, "logits": rows(logits[last:])})
        if greedy:
            start, count = greedy
            ids, margin = out["cases"][start]["ids"][:], 9.0
            for _ in range(count):
                top = torch.topk(logits_of(ids)[-1], 2)
                margin = min(margin, float(top.values[0] - top.values[1]))
                ids.append(int(top.indices[0]))
            out["greedy"] = {"case": start, "ids": ids[-count:]}
            print("  least margin", margin)
    return out


def sequences(name, own_head=False, **words):
    config = transformers.AutoConfig.for_model(name, **words)
    model, tensors = made(transformers.AutoModelForSeq2SeqLM, config, own_head)
    out = {"config": stored(config) | {"is_encoder_decoder": True}, "tensors": tensors, "cases": []}
    with torch.no_grad():
        for length in (1, 9):
            ids = [(5 * i + 2 * i * i + 3) % config.vocab_size for i in range(length)]
            forced = [2, 4, 3, 7, 5][: min(length, 4) + 1]
            logits = model(input_ids=torch.tensor([ids]), decoder_input_ids=torch.tensor([forced])).logits[0]
            out["cases"].append({"ids": ids, "decoder_ids": forced, "from": 0, "logits": rows(logits)})
    return out


def encoder(kind, *also, **words):
    """A class of transformers; what published configurations say besides; the configuration."""
    cls = getattr(transformers, kind)
    config = cls.config_class(**words)
    model, tensors = made(Named(cls, kind), config)
    out = {"config": stored(config) | {"architectures": [kind]} | dict(also), "tensors": tensors, "cases": []}
    first = config.pad_token_id + 1
    with torch.no_grad():
        for length in (1, 11):
            ids = [first + (7 * i + 3 * i * i + 2) % (config.vocab_size - first) for i in range(length)]
            types = [i * getattr(config, "type_vocab_size", 1) // length for i in range(length)]
            case = {"ids": ids, "from": max(0, length - 3)}
            inputs = {"input_ids": torch.tensor([ids])}
            if getattr(config, "type_vocab_size", 1) > 1:
                case["types"] = types
                inputs["token_type_ids"] = torch.tensor([types])
            case["hidden"] = rows(model.base_model(**inputs).last_hidden_state[0][case["from"]:])
            if not kind.endswith("Model"):
                logits = model(**inputs).logits
                case["head"] = rows(logits[0][case["from"]:] if logits.dim() == 3 else logits)
            out["cases"].append(case)
    return out


class Named:
    """A class of transformers in the place of an automatic one."""

    def __init__(self, cls, name):
        self.cls, self.name = cls, name

    def from_config(self, config):
        config.architectures = [self.name]
        return self.cls(config)

    def from_pretrained(self, folder, **words):
        words.pop("experts_implementation")
        return self.cls.from_pretrained(folder, **words)


def main():
    odd = dict(vocab_size=19, hidden_size=30, num_hidden_layers=1, num_attention_heads=3, max_position_embeddings=32,
               intermediate_size=37, pad_token_id=0, bos_token_id=1, eos_token_id=None)
    falcon = {k: v for k, v in odd.items() if k != "intermediate_size"} | dict(ffn_hidden_size=37, bias=True)
    one = odd | dict(num_key_value_heads=1)
    rope = lambda **words: {"rope_parameters": {"rope_theta": 500.0, "rope_type": "default"} | words}
    both = dict(vocab_size=23, d_model=30, encoder_layers=1, decoder_layers=2, encoder_attention_heads=5,
                decoder_attention_heads=3, encoder_ffn_dim=35, decoder_ffn_dim=41, max_position_embeddings=16,
                pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=None)
    bert = dict(vocab_size=19, hidden_size=30, num_hidden_layers=1, num_attention_heads=3, max_position_embeddings=32,
                intermediate_size=37, type_vocab_size=3, hidden_act="gelu_new", pad_token_id=1)
    short, long = [1.0, 1.2, 1.5, 2.0, 2.0], [1.5, 2.0, 4.0, 6.0, 8.0]
    models = {
        "llama": decoder("llama", **(one | dict(head_dim=14, num_hidden_layers=3)), **rope()),
        "llama yarn": decoder("llama", (11, 30), **one, **rope(
            rope_type="yarn", factor=3.0, original_max_position_embeddings=12, attention_factor=1.3)),
        "llama yarn narrow": decoder("llama", (30,), **one, **rope(
            rope_type="yarn", factor=2.0, original_max_position_embeddings=8, beta_slow=2.0, truncate=False)),
        "llama llama3": decoder("llama", (30,), **one, **rope(
            rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=3.0,
            original_max_position_embeddings=12)),
        "llama dynamic": decoder("llama", (12, 13, 25), **(one | dict(max_position_embeddings=12)), **rope(
            rope_type="dynamic", factor=3.0)),
        "mistral": decoder("mistral", **(one | dict(head_dim=6)), sliding_window=3, **rope()),
        "mixtral": decoder("mixtral", **one, num_local_experts=3, num_experts_per_tok=1, **rope()),
        "qwen2": decoder("qwen2", **one, **rope()),
        "qwen3": decoder("qwen3", **(one | dict(head_dim=22)), **rope()),
        "qwen3_moe": decoder("qwen3_moe", **one, head_dim=10, num_experts=5, num_experts_per_tok=3,
                             moe_intermediate_size=9, norm_topk_prob=False, **rope()),
        "gemma": decoder("gemma", **one, head_dim=18, **rope()),
        "gemma2": decoder("gemma2", **(one | dict(num_hidden_layers=3)), head_dim=12, query_pre_attn_scalar=7,
                          sliding_window=4, **rope()),
        "gemma3_text": decoder("gemma3_text", **(one | dict(num_hidden_layers=2)), head_dim=12,
                               query_pre_attn_scalar=7, sliding_window=4,
                               layer_types=["sliding_attention", "full_attention"]),
        "phi": decoder("phi", **one, qk_layernorm=True, **rope(partial_rotary_factor=0.4)),
        "phi3": decoder("phi3", **one, sliding_window=5, original_max_position_embeddings=32, **rope()),
        "phi3 longrope": decoder("phi3", (11, 12, 13, 25), (0, 9), **one, original_max_position_embeddings=12, **rope(
            rope_type="longrope", short_factor=short, long_factor=long)),
        "stablelm": decoder("stablelm", **one, qk_layernorm=True, use_parallel_residual=True, use_qkv_bias=True,
                            **rope(partial_rotary_factor=0.6)),
        "starcoder2": decoder("starcoder2", **one, sliding_window=3, **rope()),
        "olmo2": decoder("olmo2", **one, **rope()),
        "smollm3": decoder("smollm3", **(one | dict(num_hidden_layers=2)), no_rope_layers=[0, 1], **rope()),
        "granite": decoder("granite", **one, embedding_multiplier=2.5, residual_multiplier=0.7, logits_scaling=1.3,
                           attention_multiplier=0.3, **rope()),
        "cohere": decoder("cohere", **one, logit_scale=0.7, use_qk_norm=True, **rope()),
        "gpt_neox": decoder("gpt_neox", **odd, use_parallel_residual=False, **rope(partial_rotary_factor=0.6)),
        "gptj": decoder("gptj", vocab_size=19, n_positions=32, n_embd=30, n_layer=1, n_head=3, rotary_dim=6,
                        n_inner=37, tie_word_embeddings=False),
        "gpt2": decoder("gpt2", vocab_size=19, n_positions=32, n_embd=35, n_layer=1, n_head=5, n_inner=37),
        "opt": decoder("opt", vocab_size=19, hidden_size=33, word_embed_proj_dim=33, num_hidden_layers=1, ffn_dim=37,
                       num_attention_heads=3, max_position_embeddings=32, do_layer_norm_before=False),
        "bloom": decoder("bloom", vocab_size=19, hidden_size=33, n_layer=1, n_head=3),
        "falcon": decoder("falcon", **falcon, num_kv_heads=1, new_decoder_architecture=True, multi_query=False, **rope()),
        "falcon alibi": decoder("falcon", (11, 60), **(falcon | dict(hidden_size=36, num_attention_heads=6,
                                                                   max_position_embeddings=64)), alibi=True,
                                multi_query=False, parallel_attn=False),
        "t5": sequences("t5", vocab_size=23, d_model=27, d_kv=7, d_ff=35, num_layers=1, num_decoder_layers=3,
                        num_heads=5, relative_attention_num_buckets=8, relative_attention_max_distance=6,
                        feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=0),
        "t5 own head": sequences("t5", own_head=True, vocab_size=23, d_model=27, d_kv=7, d_ff=35, num_layers=2,
                                 num_heads=5, relative_attention_num_buckets=8, relative_attention_max_distance=6,
                                 feed_forward_proj="relu", tie_word_embeddings=False, decoder_start_token_id=0),
        "bart": sequences("bart", **both),
        "mbart": sequences("mbart", **both, scale_embedding=True),
        "mbart untied": sequences("mbart", **both, tie_word_embeddings=False),
        "marian": sequences("marian", **both, scale_embedding=True, activation_function="silu"),
        "pegasus": sequences("pegasus", **both),
        "m2m_100": sequences("m2m_100", **both, scale_embedding=True),
        "albert, groups": encoder("AlbertForMaskedLM", **(bert | dict(num_hidden_layers=4, hidden_act="relu")),
                                  embedding_size=30, num_hidden_groups=2, tie_word_embeddings=False),
        "bert, own matrix": encoder("BertForMaskedLM", **bert, tie_word_embeddings=False),
        "camembert": encoder("CamembertForSequenceClassification", **bert | dict(pad_token_id=4), num_labels=2),
        "distilbert, tokens": encoder("DistilBertForTokenClassification", vocab_size=19, dim=30, n_layers=1, n_heads=5,
                                      hidden_dim=7, max_position_embeddings=32, activation="silu", num_labels=33),
        "electra, narrow": encoder("ElectraForSequenceClassification", **bert, embedding_size=5, num_labels=7),
        "electra, own matrix": encoder("ElectraForMaskedLM", **bert, embedding_size=5, tie_word_embeddings=False),
        "modernbert, biases": encoder(
            "ModernBertForSequenceClassification", ("position_embedding_type", "sans_pos"), vocab_size=19,
            hidden_size=30, num_hidden_layers=5, num_attention_heads=3, intermediate_size=37, norm_bias=True,
            max_position_embeddings=32, mlp_bias=True, attention_bias=True, classifier_bias=True, pad_token_id=0,
            local_attention=4, global_attn_every_n_layers=2, classifier_pooling="mean", hidden_activation="relu"),
        "mpnet": encoder("MPNetForMaskedLM", **{k: v for k, v in bert.items() if k != "type_vocab_size"},
                         tie_word_embeddings=False),
        "nomic_bert": encoder("NomicBertForMaskedLM", ("n_positions", 64), ("auto_map", {"AutoModel": "x.y"}),
                              **bert | dict(hidden_act="silu")),
        "nomic_bert, labels": encoder("NomicBertForSequenceClassification", **bert | dict(hidden_act="gelu"),
                                      num_labels=3),
        "roberta, own matrix": encoder("RobertaForMaskedLM", **bert, tie_word_embeddings=False),
        "xlm-roberta": encoder("XLMRobertaForSequenceClassification", **bert, num_labels=1),
    }
    lines = [json.dumps(name) + ": " + json.dumps(model, separators=(",", ":")) for name, model in models.items()]
    (HERE / "golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
