"""Transcribes a window with CTranslate2 as the bench says: for each line on the standard input, the ids on the standard output."""
import sys

import ctranslate2
import numpy

folder, features, mels, language, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
window = numpy.fromfile(features, dtype="<f4").reshape(1, mels, -1)
model = ctranslate2.models.Whisper(folder, compute_type="float32", inter_threads=1, intra_threads=threads)
prompt = ["<|startoftranscript|>", "<|%s|>" % language, "<|transcribe|>", "<|notimestamps|>"]
print("ready", flush=True)
for _ in sys.stdin:
    encoded = model.encode(ctranslate2.StorageView.from_array(window))
    found = model.generate(encoded, [prompt], beam_size=1, return_no_speech_prob=True)
    print(" ".join(map(str, found[0].sequences_ids[0])), flush=True)
