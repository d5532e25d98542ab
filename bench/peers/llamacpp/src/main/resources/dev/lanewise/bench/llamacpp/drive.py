"""Runs llama.cpp as the bench says: one command a line on the standard input, one answer a line on the standard output."""
import ctypes
import sys
import time

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


def streams(texts, steps, prompt, millis):
    """One token of every text a step, and as much of a prompt as the batch has room for, as llama.cpp's server does."""
    options.n_ctx = texts * (steps + 64) + prompt + CHUNK
    options.n_seq_max = texts + 1
    options.kv_unified = True  # a long text may take more than its share
    many = llama_cpp.llama_init_from_model(model, options)
    if not many:
        sys.exit("llama.cpp has no room for " + str(texts) + " texts")
    batch = llama_cpp.llama_batch_init(CHUNK, 0, 1)

    def add(token, position, text, last):
        at = batch.n_tokens
        batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.seq_id[at][0] = token, position, 1, text
        batch.logits[at] = last
        batch.n_tokens += 1

    length, done, seconds = 32, 0, []
    for text in range(texts):
        batch.n_tokens = 0
        for position in range(length):
            add(1000 + position, position, text, position + 1 == length)
        if llama_cpp.llama_decode(many, batch):
            sys.exit("llama_decode failed")
    end = time.perf_counter() + millis / 1000
    for step in range(steps):
        if seconds and time.perf_counter() > end:
            break
        batch.n_tokens = 0
        for text in range(texts):
            add(1000 + step, length + step, text, True)
        for position in range(done, min(prompt, done + CHUNK - texts)):
            add(1000 + position, position, texts, position + 1 == prompt)
            done = position + 1
        start = time.perf_counter()
        if llama_cpp.llama_decode(many, batch):
            sys.exit("llama_decode failed")
        for text in range(texts):
            llama_cpp.llama_get_logits_ith(many, text)
        seconds.append(time.perf_counter() - start)
        if prompt and done == prompt:
            llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(many), texts, -1, -1)
            done = 0
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(many)
    return seconds


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
    elif command == "streams":
        answer(" ".join(repr(second) for second in streams(*numbers)))
    elif command == "logits":
        prefill(numbers)
        logits = llama_cpp.llama_get_logits_ith(context, -1)
        answer(" ".join(repr(logits[i]) for i in range(vocabulary)))
