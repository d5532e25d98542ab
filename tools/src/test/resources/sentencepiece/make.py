"""Makes the small SentencePiece models and their results that SentencePieceTest checks.

    pip install sentencepiece==0.2.3 transformers==5.24.0 protobuf
    python make.py

The corpus is generated here, from a fixed seed, so the models hold no text of anybody.
"""
import io
import json
import pathlib
import random

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb

HERE = pathlib.Path(__file__).parent
RULES = [
    ("\u00a0", " "), ("\t", " "), ("\n", " "), ("\u3000", " "), ("\ufffd", " "), ("\u200b", ""), ("\u0007", ""),
    ("e\u0301", "\u00e9"), ("\ufb01", "fi"), ("\ufb00\u0301", "ff"), ("\ufb00", "f f"), ("\u2122", "TM"),
    ("\u1e9b\u0323", "\u1e69"), ("\u00b4", " \u0301"), ("\U0001d573", "H"), ("\u337f", "\u682a\u5f0f"),
]
SYLLABLES = "ka lo mi ne tu sha bren ol ist ing er un re \u00e9t stra\u00dfe \u0442\u0430 \u043d\u043e \u6771 \u4eac 12 7".split()
random.seed(20270211)
WORDS = ["".join(random.choices(SYLLABLES, k=random.randint(1, 4))) for _ in range(300)]
CORPUS = [" ".join(random.choices(WORDS, k=random.randint(3, 12))) + random.choice([".", "!", " ?", ", -", ""])
          for _ in range(1500)]
TEXTS = CORPUS[:12] + [
    "", " ", "   ", "a", " a", "a ", "  kalo   mine  ", "\u2581kalo\u2581 \u2581", "\u2581", "kalo\u2581\u2581mine", "kalo\tmine\nkalo",
    "\u00a0kalo\u00a0", "\u200b", "kalo \u200b mine", "kalo\u200b", "e\u0301t", "\ufb01n \ufb00\u0301 \ufb00", "\u00b4", "a\u00b4b",
    "\U0001d573ello", "\u337f", "\u2122\u2122", "<sep>", "kalo<sep>mine", "kalo <sep> mine", "::", "a::b:c:::", "<s>", "</s> kalo",
    "<unk>", "\U0001f600", "\U0001f600\U0001f601 x\U0001f602", "kalo\U0001f600mine", "\u0915\u093c \u0e01\u0e33", "<0x41>", "Zzyzx QQQ", "0123456789",
    "\u6771\u4eac\u6771\u6771\u4eac", "\u0442\u0430\u043d\u043e\u0442\u0430", "stra\u00dfestra\u00dfe ingering", "\ufeffkalo", "\r\n", "kalo" * 20, "\u00e9\u0301\u00e9",
] + ["".join(random.choice("kalo mineTU\u00e9\u00df\u6771\u0442 .,\u2581<>:\U0001f600\t") for _ in range(random.randint(1, 30)))
     for _ in range(60)]


def train(name, **options):
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=out, hard_vocab_limit=False,
                                   num_threads=1, minloglevel=2, input_sentence_size=0, **options)
    model = pb.ModelProto.FromString(out.getvalue())
    model.normalizer_spec.ClearField("normalization_rule_tsv")  # the path of a file on this machine
    (HERE / name).write_bytes(model.SerializeToString())
    return spm.SentencePieceProcessor(model_proto=model.SerializeToString())


def golden(model, texts=TEXTS):
    ids = [model.encode(text) for text in texts]
    random_ids = [[random.randrange(model.vocab_size()) for _ in range(random.randint(1, 12))] for _ in range(40)]
    random_ids = [[id for id in row if not model.is_unknown(id) and not model.is_byte(id)] for row in random_ids]
    return {"texts": texts, "ids": ids, "random": random_ids, "decoded": [model.decode(row) for row in random_ids]}


def main():
    (HERE / "rules.tsv").write_text("".join(
        " ".join("%X" % ord(c) for c in old) + "\t" + " ".join("%X" % ord(c) for c in new) + "\n"
        for old, new in RULES))
    rules = {"normalization_rule_tsv": str(HERE / "rules.tsv")}
    results = {
        "unigram.model": golden(train("unigram.model", vocab_size=180, user_defined_symbols=["<sep>", "::"], **rules)),
        "unigram-bytes.model": golden(train("unigram-bytes.model", vocab_size=420, byte_fallback=True,
                                            treat_whitespace_as_suffix=True, **rules)),
        "bpe.model": golden(train("bpe.model", model_type="bpe", vocab_size=440, byte_fallback=True,
                                  normalization_rule_name="identity", remove_extra_whitespaces=False)),
        "t5.model": golden(train("t5.model", vocab_size=150, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, **rules)),
    }
    (HERE / "rules.tsv").unlink()
    (HERE / "golden.json").write_text(json.dumps(results, ensure_ascii=False, separators=(",", ":")))
    marian()


def marian():
    """Ids of transformers' own class: a vocabulary that lacks some pieces, has others, and an order of its own."""
    from transformers import MarianTokenizer
    source = spm.SentencePieceProcessor(model_file=str(HERE / "t5.model"))
    target = spm.SentencePieceProcessor(model_file=str(HERE / "unigram.model"))
    pieces = sorted({m.id_to_piece(i) for m in (source, target) for i in range(m.vocab_size())
                     if not m.is_control(i) and not m.is_unknown(i)})
    random.shuffle(pieces)
    pieces = ["</s>", "<unk>"] + pieces[20:] + [">>fra<<", ">>deu<<", "<pad>"]
    (HERE / "marian-vocab.json").write_text(json.dumps({piece: id for id, piece in enumerate(pieces)}, ensure_ascii=False))
    tokenizer = MarianTokenizer(str(HERE / "t5.model"), str(HERE / "unigram.model"), str(HERE / "marian-vocab.json"))
    texts = TEXTS + [">>fra<< kalo mine", ">>deu<<kalo", "kalo >>unknown"]
    texts = [text for text in texts if "</s>" not in text and "<unk>" not in text]
    random_ids = [[random.randrange(2, len(pieces) - 3) for _ in range(random.randint(1, 12))] for _ in range(40)]
    (HERE / "marian-golden.json").write_text(json.dumps({
        "texts": texts, "ids": [tokenizer(text).input_ids for text in texts],
        "targetIds": [tokenizer(text_target=text).input_ids for text in texts],
        "random": random_ids,
        "decoded": [tokenizer.decode(row, use_source_tokenizer=False) for row in random_ids]}, ensure_ascii=False,
        separators=(",", ":")))


main()
