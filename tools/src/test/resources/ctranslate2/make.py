"""Makes small CTranslate2 models with random weights and what CTranslate2 makes of them; and of the transliteration models.

    pip install ctranslate2==4.8.5 numpy
    python make.py FOLDER_OF_THE_TRANSLITERATION_MODELS
"""
import json
import pathlib
import shutil
import sys

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec, common_spec

HERE = pathlib.Path(__file__).parent
WIDTH, HEADS, INNER, SOURCES, TARGETS = 8, 2, 12, 14, 11
rng = np.random.default_rng(20270221)


def array(*shape, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def linear(spec, out, inp, bias=True):
    spec.weight = array(out, inp, scale=inp**-0.5)
    if bias:
        spec.bias = array(out, scale=0.2)


def norm(spec):
    spec.gamma = 1 + array(WIDTH, scale=0.2)
    if hasattr(spec, "beta"):
        spec.beta = array(WIDTH, scale=0.2)


def attention(spec, maps, bias, key_value_heads, buckets):
    key_values = 2 * key_value_heads * (WIDTH // HEADS)
    rows = [WIDTH + key_values, WIDTH] if maps == 2 else [WIDTH, key_values, WIDTH]
    for part, out in zip(spec.linear, rows):
        linear(part, out, WIDTH, bias)
    norm(spec.layer_norm)
    if buckets is not None:
        spec.relative_attention_bias = buckets
        spec.relative_attention_max_distance = np.dtype("int32").type(16)


def make(name, layers=(1, 2), quantization=None, positions=True, tied=True, bias=True, key_value_heads=HEADS, start="<s>",
         zero=False, scale=True, **options):
    rng = np.random.default_rng(len(name))  # no model depends on those before it
    globals()["rng"] = rng
    relative = options.get("relative_attention_bias", False)
    spec = TransformerSpec.from_config(layers, HEADS, **options)
    spec.encoder.embeddings[0].weight = array(SOURCES, WIDTH, scale=0.3)
    spec.decoder.embeddings.weight = array(TARGETS, WIDTH, scale=0.3)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight if tied else array(TARGETS, WIDTH, scale=0.4)
    if bias:
        spec.decoder.projection.bias = array(TARGETS, scale=0.3)
    for side, decoder in ((spec.encoder, False), (spec.decoder, True)):
        side.scale_embeddings = scale
        if positions and not relative:
            side.position_encodings.encodings = array(40, WIDTH)
        if hasattr(side, "layer_norm"):
            norm(side.layer_norm)
        if options.get("layernorm_embedding"):
            norm(side.layernorm_embedding)
        buckets = array(8, HEADS) if relative else None
        for layer in side.layer:
            attention(layer.self_attention, 2, bias, key_value_heads, buckets)
            if decoder:
                attention(layer.attention, 3, bias, key_value_heads, None)
                if hasattr(layer.attention, "relative_attention_bias"):
                    del layer.attention.relative_attention_bias
            linear(layer.ffn.linear_0, INNER, WIDTH, bias)
            linear(layer.ffn.linear_1, WIDTH, INNER, bias)
            if hasattr(layer.ffn, "linear_0_noact"):
                linear(layer.ffn.linear_0_noact, INNER, WIDTH, bias)
            norm(layer.ffn.layer_norm)
    spec.decoder.start_from_zero_embedding = zero
    if not scale:
        spec.decoder.scale_outputs = np.dtype("float32").type(WIDTH**-0.5)
    spec.register_source_vocabulary(["<unk>", "<s>", "</s>"] + [f"w{i}" for i in range(SOURCES - 3)])
    spec.register_target_vocabulary(["<s>", "<unk>", "</s>"] + [f"v{i}" for i in range(TARGETS - 3)])
    spec.config.decoder_start_token = start
    spec.config.add_source_eos = name != "post"
    spec.validate()
    spec.optimize(quantization)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    spec.save(str(folder))
    return results(folder)


def results(folder):
    translator = ctranslate2.Translator(str(folder), compute_type="float32")
    rows = []
    for i in range(12):
        words = [f"w{j}" for j in rng.integers(0, SOURCES - 3, 1 + i)]
        found = translator.translate_batch([words], beam_size=1, max_decoding_length=9, return_scores=True)[0]
        beams = translator.translate_batch([words], beam_size=3, num_hypotheses=3, max_decoding_length=9, min_decoding_length=4,
                                           suppress_sequences=[["v3"]], length_penalty=0.6, return_scores=True)[0]
        rows.append({"source": " ".join(words), "target": " ".join(found.hypotheses[0]), "score": round(found.scores[0], 6),
                     "beam3": scored(beams, " ")})
    return rows


def scored(found, separator):
    return [[separator.join(beam), round(score, 6)] for beam, score in zip(found.hypotheses, found.scores)]


WORDS = ("آتزمون آزا آتشيسون محمد القاهرة نيويورك واشنطن فاطمة عبدالله مصر لندن شكسبير بيتهوفن خوان إبراهيم ن ننننن xyz"
             " آx").split()


def coverage(folder, texts, longest):
    """Four beams whose scores are lower the less of the source their tokens attend to."""
    translator = ctranslate2.Translator(str(folder), compute_type="float32")
    rows = []
    for words in texts:
        found = translator.translate_batch([words], beam_size=4, num_hypotheses=4, length_penalty=0.6, return_scores=True,
                                           coverage_penalty=0.7, max_decoding_length=longest)[0]
        rows.append({"source": " ".join(words), "beams": scored(found, " ")})
    return rows


def transliteration(folder):
    found = {}
    for name in ("aren-transliteration", "aren-transliteration-i16", "aren-transliteration-i8"):
        translator = ctranslate2.Translator(str(folder / name), compute_type="float32")
        found[name] = rows = []
        for word in WORDS:
            greedy = translator.translate_batch([list(word)], beam_size=1)[0]
            beams = translator.translate_batch([list(word)], beam_size=4, num_hypotheses=4, return_scores=True)[0]
            rows.append({"source": word, "greedy": "".join(greedy.hypotheses[0]), "beam4": scored(beams, "")})
    return found


golden = {
    "post": make("post", pre_norm=False, positions=False),
    "pre": make("pre", activation=common_spec.Activation.GELU, layernorm_embedding=True,
                tied=False),
    "relative": make("relative", quantization="float16", rms_norm=True, ffn_glu=True, relative_attention_bias=True,
                     activation=common_spec.Activation.GELUTanh, bias=False, scale=False),
    "bytes": make("bytes", quantization="int8", activation=common_spec.Activation.SWISH, tied=False),
    "shorts": make("shorts", quantization="int16", pre_norm=False),
    "shared-heads": make("shared-heads", key_value_heads=1, multi_query_attention=True),
    "zero-start": make("zero-start", pre_norm=False, zero=True, start="</s>"),
}
(HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")))
if len(sys.argv) > 1:
    (HERE / "aren-golden.json").write_text(json.dumps(transliteration(pathlib.Path(sys.argv[1])), ensure_ascii=False,
                                                      separators=(",", ":")))
    texts = [[f"w{(3 * i + i * i * length) % (SOURCES - 3)}" for i in range(length)] for length in range(1, 9)]
    covered = {"pre": coverage(HERE / "pre", texts, 9),
               "aren-transliteration": coverage(pathlib.Path(sys.argv[1]) / "aren-transliteration",
                                                [list(word) for word in WORDS], 256)}
    (HERE / "coverage-golden.json").write_text(json.dumps(covered, ensure_ascii=False, separators=(",", ":")))
