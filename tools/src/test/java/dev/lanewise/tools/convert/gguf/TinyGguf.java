package dev.lanewise.tools.convert.gguf;

import static dev.lanewise.tools.convert.gguf.SampleGguf.number;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A whole model of one layer in a GGUF file of some kilobytes, with a tokenizer and a chat template; its parts can be changed
 * one by one before it is written.
 */
final class TinyGguf {
    static final int WIDTH = 32;
    static final int VOCABULARY = 16;
    static final String TEMPLATE = "{% for m in messages %}<s>{{ m.content }}</s>{% endfor %}";

    /** A key with its value. */
    static final class Key {
        String name;
        int type;
        byte[] value;
    }

    /** A matrix or a vector: [rows][columns]. */
    static final class Tensor {
        String name;
        GgufType type;
        long[] dimensions; // innermost first
        Byte fill; // what every byte of its elements is; null: small numbers
    }

    final List<Key> keys = new ArrayList<>();
    final List<Tensor> tensors = new ArrayList<>();

    /** @param tokenizer its kind: gpt2 or llama */
    static TinyGguf of(String tokenizer) {
        TinyGguf file = new TinyGguf();
        file.text("general.architecture", "llama");
        file.integer("llama.context_length", 64);
        file.integer("llama.embedding_length", WIDTH);
        file.integer("llama.block_count", 1);
        file.integer("llama.feed_forward_length", WIDTH);
        file.integer("llama.attention.head_count", 4);
        file.integer("llama.attention.head_count_kv", 2);
        file.decimal("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        file.integer("llama.rope.dimension_count", 8);
        file.decimal("llama.rope.freq_base", 10_000);
        file.text("tokenizer.ggml.model", tokenizer);
        boolean sentences = tokenizer.equals("llama");
        file.texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "g", "a", "b", "c", "ab",
                "abc", "cc", sentences ? "\u2581" : "\u0120", sentences ? "\u2581a" : "\u0120a", "d", "e", "<x>", "f");
        file.numbers("tokenizer.ggml.token_type", 5, 2, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1);
        if (sentences) {
            int[] scores = new int[VOCABULARY];
            for (int id = 0; id < scores.length; id++) {
                scores[id] = Float.floatToIntBits(-id);
            }
            file.numbers("tokenizer.ggml.scores", 6, scores);
        } else {
            file.text("tokenizer.ggml.pre", "gpt-2");
            file.texts("tokenizer.ggml.merges", "a b", "ab c", "c c", "\u0120 a");
        }
        file.integer("tokenizer.ggml.bos_token_id", 1);
        file.integer("tokenizer.ggml.eos_token_id", 2);
        file.key("tokenizer.ggml.add_bos_token", 7, number(1, 1));
        file.text("tokenizer.chat_template", TEMPLATE);
        file.tensor("token_embd.weight", GgufType.Q8_0, WIDTH, VOCABULARY);
        file.tensor("blk.0.attn_norm.weight", GgufType.F32, WIDTH);
        file.tensor("blk.0.attn_q.weight", GgufType.Q4_0, WIDTH, WIDTH);
        file.tensor("blk.0.attn_k.weight", GgufType.F16, WIDTH, WIDTH / 2);
        file.tensor("blk.0.attn_v.weight", GgufType.Q5_1, WIDTH, WIDTH / 2);
        file.tensor("blk.0.attn_output.weight", GgufType.Q4_1, WIDTH, WIDTH);
        file.tensor("blk.0.ffn_norm.weight", GgufType.F32, WIDTH);
        file.tensor("blk.0.ffn_gate.weight", GgufType.IQ4_NL, WIDTH, WIDTH);
        file.tensor("blk.0.ffn_up.weight", GgufType.Q5_0, WIDTH, WIDTH);
        file.tensor("blk.0.ffn_down.weight", GgufType.BF16, WIDTH, WIDTH);
        file.tensor("output_norm.weight", GgufType.F32, WIDTH);
        return file;
    }

    void text(String name, String value) {
        key(name, SampleGguf.STRING, SampleGguf.text(value));
    }

    void integer(String name, long value) {
        key(name, 4, number(4, value));
    }

    void decimal(String name, float value) {
        key(name, 6, number(4, Float.floatToIntBits(value)));
    }

    void texts(String name, String... values) {
        byte[][] all = new byte[values.length][];
        for (int i = 0; i < all.length; i++) {
            all[i] = SampleGguf.text(values[i]);
        }
        list(name, SampleGguf.STRING, all);
    }

    void numbers(String name, int type, int... values) {
        byte[][] all = new byte[values.length][];
        for (int i = 0; i < all.length; i++) {
            all[i] = number(4, values[i]);
        }
        list(name, type, all);
    }

    private void list(String name, int type, byte[][] elements) {
        key(name, SampleGguf.ARRAY, SampleGguf.join(number(4, type), number(8, elements.length),
                SampleGguf.join(elements)));
    }

    /** Sets a key, in place of the value that it has. */
    void key(String name, int type, byte[] value) {
        Key key = keys.stream().filter(known -> known.name.equals(name)).findFirst().orElse(null);
        if (key == null) {
            key = new Key();
            key.name = name;
            keys.add(key);
        }
        key.type = type;
        key.value = value;
    }

    TinyGguf remove(String name) {
        keys.removeIf(key -> key.name.equals(name));
        tensors.removeIf(tensor -> tensor.name.equals(name));
        return this;
    }

    Tensor tensor(String name) {
        return tensors.stream().filter(tensor -> tensor.name.equals(name)).findFirst().orElseThrow();
    }

    void tensor(String name, GgufType type, long... dimensions) {
        Tensor tensor = new Tensor();
        tensor.name = name;
        tensor.type = type;
        tensor.dimensions = dimensions;
        tensors.add(tensor);
    }

    /** The file: the bytes of tensors fit their types and shapes, and all numbers in them are small. */
    byte[] bytes() {
        SampleGguf file = new SampleGguf();
        for (Key key : keys) {
            file.keys.add(SampleGguf.join(SampleGguf.text(key.name), number(4, key.type), key.value));
        }
        for (Tensor tensor : tensors) {
            long elements = 1;
            for (long dimension : tensor.dimensions) {
                elements *= dimension;
            }
            byte[] data = new byte[(int) (elements / tensor.type.blockSize() * tensor.type.blockBytes())];
            new Random(tensor.name.hashCode()).nextBytes(data);
            for (int i = 0; i < data.length; i++) {
                // No exponent is the highest: nothing is infinite.
                data[i] = tensor.fill != null ? tensor.fill : (byte) (data[i] & 0xBF);
            }
            file.tensor(tensor.name, tensor.type.number(), data.length, tensor.dimensions).elements = data;
        }
        return file.bytes();
    }

    /** How many bytes of the file come before the elements of tensors. */
    int headBytes() {
        int head = 24;
        for (Key key : keys) {
            head += 8 + key.name.getBytes(StandardCharsets.UTF_8).length + 4 + key.value.length;
        }
        for (Tensor tensor : tensors) {
            head += 8 + tensor.name.length() + 4 + 8 * tensor.dimensions.length + 4 + 8;
        }
        return head;
    }
}
