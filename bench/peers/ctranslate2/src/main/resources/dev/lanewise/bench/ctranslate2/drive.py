"""Translates with CTranslate2 as the bench says: a line of sources on the standard input, a line of texts on the standard output."""
import sys
import tempfile
import time

import ctranslate2
import numpy
from ctranslate2.specs import TransformerSpec, common_spec

weights, layers, width, heads, inner, vocabulary, positions, start, end = sys.argv[1], *map(int, sys.argv[2:10])
compute_type, threads = sys.argv[10], int(sys.argv[11])
floats = numpy.memmap(weights, dtype="<f4", mode="r")
place = 0


def take(*shape):
    global place
    count = int(numpy.prod(shape))
    place += count
    return numpy.array(floats[place - count:place]).reshape(shape)


def linear(spec, *sizes):
    """Maps of the same inputs, stacked."""
    maps = [(take(out, inp), take(out)) for out, inp in sizes]
    spec.weight = numpy.concatenate([weight for weight, _ in maps])
    spec.bias = numpy.concatenate([bias for _, bias in maps])


def norm(spec):
    spec.gamma, spec.beta = take(width), take(width)


def layer(spec, cross):
    square = (width, width)
    linear(spec.self_attention.linear[0], square, square, square)
    linear(spec.self_attention.linear[1], square)
    norm(spec.self_attention.layer_norm)
    if cross:
        linear(spec.attention.linear[0], square)
        linear(spec.attention.linear[1], square, square)
        linear(spec.attention.linear[2], square)
        norm(spec.attention.layer_norm)
    linear(spec.ffn.linear_0, (inner, width))
    linear(spec.ffn.linear_1, (width, inner))
    norm(spec.ffn.layer_norm)


spec = TransformerSpec.from_config((layers, layers), heads, pre_norm=False, activation=common_spec.Activation.RELU)
for i in range(layers):
    layer(spec.encoder.layer[i], False)
table = take(vocabulary, width)
spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = spec.decoder.projection.weight = table
place_of = numpy.arange(positions)[:, None] / 10000 ** (numpy.arange(width // 2)[None] * 2 / width)
sines = numpy.concatenate([numpy.sin(place_of), numpy.cos(place_of)], 1).astype(numpy.float32)
spec.encoder.position_encodings.encodings = spec.decoder.position_encodings.encodings = sines
for i in range(layers):
    layer(spec.decoder.layer[i], True)
names = ["t%d" % i for i in range(vocabulary)]
spec.register_source_vocabulary(names)
spec.register_target_vocabulary(names)
spec.config.add_source_bos = spec.config.add_source_eos = False
spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = names[start], names[end], names[0]
spec.config.decoder_start_token = names[start]
spec.validate()
spec.optimize()
with tempfile.TemporaryDirectory() as folder:
    spec.save(folder)
    translators = [ctranslate2.Translator(folder, compute_type=compute_type, inter_threads=inter, intra_threads=intra)
                   for inter, intra in {(1, threads), (threads, 1), (1, 1)}]
quickest = {}


def translate(translator, sources, beams, tokens):
    results = translator.translate_batch(sources, beam_size=beams, min_decoding_length=tokens, max_decoding_length=tokens,
                                         max_batch_size=-(-len(sources) // translator.num_translators))
    return [result.hypotheses[0] for result in results]


def seconds(translator, *task):
    translate(translator, *task)
    best = 1e9
    for _ in range(3):
        before = time.perf_counter()
        translate(translator, *task)
        best = min(best, time.perf_counter() - before)
    return best


print("ready", flush=True)
for line in sys.stdin:
    how, *texts = line.strip().split(";")
    beams, tokens = map(int, how.split())
    sources = [["t" + i for i in text.split()] for text in texts]
    kind = beams, tokens, len(sources)
    if kind not in quickest:
        quickest[kind] = min(translators, key=lambda each: seconds(each, sources, beams, tokens))
    print(";".join(" ".join(token[1:] for token in text)
                   for text in translate(quickest[kind], sources, beams, tokens)), flush=True)
