package dev.lanewise.bench.peer;

import java.nio.file.Path;

/**
 * The Transformer of "Attention Is All You Need" in its base size, one table for everything: norms behind the sums, sines of all
 * frequencies and then cosines, embeddings times the root of the width. Sources and texts are ids, taken as they are.
 *
 * @param weights all tensors as little-endian floats, one behind the other: the layers of the encoder, the table, the layers of the
 *            decoder; of a layer the maps {@code [outputs][inputs]}, each with its biases, and the norms in the order of its boxes:
 *            query, key, value, output, norm; in the decoder those of cross-attention; up, down, norm
 * @param layers of the encoder, and of the decoder
 * @param width of the vectors
 * @param heads of an attention
 * @param inner the width of the feed-forward network
 * @param vocabulary how many ids there are
 * @param positions how many
 * @param start the id that the decoder begins with
 * @param end the id that ends a text
 * @param eightBits whether matrices are to be held in 8 bits
 */
public record TranslateTask(Path weights, int layers, int width, int heads, int inner, int vocabulary, int positions,
        int start, int end, boolean eightBits) {}
