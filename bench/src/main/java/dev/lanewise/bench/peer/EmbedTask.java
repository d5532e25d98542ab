package dev.lanewise.bench.peer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Texts through an encoder, mean of the token vectors, normalised; the result is {@code [texts][width]}.
 *
 * @param onnx the encoder's original graph, with its weights
 * @param texts the token ids of every text
 * @param batches which texts are computed together, padded to the longest of them; every text is in one batch
 */
public record EmbedTask(Path onnx, int[][] texts, List<int[]> batches) {

    /** The texts of a batch, side by side; missing tokens are 0. */
    public long[] ids(int[] batch) {
        int length = length(batch);
        long[] ids = new long[batch.length * length];
        for (int i = 0; i < batch.length; i++) {
            int[] text = texts[batch[i]];
            for (int t = 0; t < text.length; t++) {
                ids[i * length + t] = text[t];
            }
        }
        return ids;
    }

    /** 1 where {@link #ids} has a token, 0 where it is padding. */
    public long[] mask(int[] batch) {
        int length = length(batch);
        long[] mask = new long[batch.length * length];
        for (int i = 0; i < batch.length; i++) {
            Arrays.fill(mask, i * length, i * length + texts[batch[i]].length, 1);
        }
        return mask;
    }

    /** The length that the texts of a batch are padded to. */
    public int length(int[] batch) {
        return Arrays.stream(batch).map(text -> texts[text].length).max().orElseThrow();
    }
}
