"""Runs llama.cpp as the bench says: one command a line on the standard input, one answer a line on the standard output."""
import ctypes
import sys

import llama_cpp

CHUNK = 512

out = sys.stdout
sys.stdout = sys.stderr  # whatever else is printed is no answer


@llama_cpp.llama_log_callback
def silent(level, text, user_data):
    pass


llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()
path, tokens, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())
if not model:
    sys.exit("llama.cpp does not open " + path)
options = llama_cpp.llama_context_default_params()
options.n_ctx = tokens
options.n_batch = options.n_ubatch = CHUNK
options.n_threads = options.n_threads_batch = threads
context = llama_cpp.llama_init_from_model(model, options)
if not context:
    sys.exit("llama.cpp has no room for " + str(tokens) + " tokens")
memory = llama_cpp.llama_get_memory(context)
vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))


def compute(ids):
    array = (llama_cpp.llama_token * len(ids))(*ids)
    if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(ids))):
        sys.exit("llama_decode failed")


def prefill(ids):
    llama_cpp.llama_memory_clear(memory, False)
    for start in range(0, len(ids), CHUNK):
        compute(ids[start:start + CHUNK])
    llama_cpp.llama_get_logits_ith(context, -1)


def answer(text):
    out.write(text + "\n")
    out.flush()


answer(llama_cpp.__version__ + "; " + llama_cpp.llama_print_system_info().decode())
for line in sys.stdin:
    command, *numbers = line.split()
    numbers = [int(number) for number in numbers]
    if command == "prefill":
        prefill(numbers)
        answer("done")
    elif command == "decode":
        for i in range(numbers[0]):
            compute([1000 + i])
            llama_cpp.llama_get_logits_ith(context, -1)
        answer("done")
    elif command == "rewind":
        llama_cpp.llama_memory_seq_rm(memory, 0, numbers[0], -1)
        answer("done")
    elif command == "logits":
        prefill(numbers)
        logits = llama_cpp.llama_get_logits_ith(context, -1)
        answer(" ".join(repr(logits[i]) for i in range(vocabulary)))
