package dev.lanewise.tools.convert.llama2c;

import java.util.ArrayList;
import java.util.List;

/**
 * Which tensors a checkpoint has, one behind the other without gaps, by the names that GGUF has for a llama. Each kind stands
 * together for all layers.
 */
final class Llama2cLayout {
    private final Llama2cHeader header;
    private final List<Entry> entries = new ArrayList<>();
    private long next;

    /**
     * A tensor.
     *
     * @param shape outermost dimension first
     * @param offset in the file, in bytes
     */
    record Entry(String name, List<Integer> shape, long offset) {
        /** What its elements take, floats of 32 bits. */
        long bytes() {
            return 4 * shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
        }
    }

    Llama2cLayout(Llama2cHeader header) {
        this.header = header;
        next = header.end();
        int width = header.width();
        if (header.version() == 0) {
            add("token_embd.weight", header.vocabulary(), width);
            layers("attn_norm", width);
            attention();
            layers("ffn_norm", width);
            feedForward();
            add("output_norm.weight", width);
            // Cosines and sines of the rotary positions, which follow from the other numbers.
            next += 4L * header.positions() * header.headWidth();
        } else {
            layers("attn_norm", width);
            layers("ffn_norm", width);
            add("output_norm.weight", width);
            add("token_embd.weight", header.vocabulary(), width);
            attention();
            feedForward();
        }
        if (!header.sharedClassifier()) {
            add("output.weight", header.vocabulary(), width);
        }
    }

    /** In the order of the file. */
    List<Entry> entries() {
        return entries;
    }

    /** How long a file with these tensors is, in bytes. */
    long fileSize() {
        return next;
    }

    private void attention() {
        layers("attn_q", header.width(), header.width());
        layers("attn_k", header.keyValueWidth(), header.width());
        layers("attn_v", header.keyValueWidth(), header.width());
        layers("attn_output", header.width(), header.width());
    }

    private void feedForward() {
        layers("ffn_gate", header.inner(), header.width());
        layers("ffn_down", header.width(), header.inner());
        layers("ffn_up", header.inner(), header.width());
    }

    private void layers(String name, Integer... shape) {
        for (int i = 0; i < header.layers(); i++) {
            add("blk." + i + "." + name + ".weight", shape);
        }
    }

    private void add(String name, Integer... shape) {
        Entry entry = new Entry(name, List.of(shape), next);
        entries.add(entry);
        next += entry.bytes();
    }
}
