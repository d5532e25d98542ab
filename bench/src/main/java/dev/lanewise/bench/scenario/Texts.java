package dev.lanewise.bench.scenario;

import dev.lanewise.tokenizer.EncodeOptions;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.weights.LaneFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Texts of given numbers of tokens, with their ids.
 *
 * @param texts what we embed
 * @param ids what peers embed: the same, tokenised already
 */
record Texts(List<String> texts, int[][] ids) {
    /** Each a token of its own in the vocabularies of BERT. */
    static final List<String> WORDS = List.of("the", "a", "man", "woman", "child", "dog", "house", "river",
            "city", "old", "new", "good", "small", "great", "red", "is", "was", "has", "went", "saw", "made", "found",
            "gave", "on", "in", "under", "with", "and", "or", "not", "very", "here");
    /** [CLS] and [SEP]. */
    static final int SPECIAL_TOKENS = 2;

    /**
     * Makes some, the same at every call.
     *
     * @param model whose tokenizer counts
     * @param lengths in tokens, the special ones included
     */
    static Texts of(Path model, int... lengths) throws IOException {
        Tokenizer tokenizer;
        try (LaneFile file = LaneFile.open(model)) {
            tokenizer = Tokenizer.read(file.metadata().reader("tokenizer."));
        }
        Random random = new Random(1);
        List<String> texts = new ArrayList<>();
        int[][] ids = new int[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            List<String> words = new ArrayList<>();
            while (words.size() < lengths[i] - SPECIAL_TOKENS) {
                words.add(WORDS.get(random.nextInt(WORDS.size())));
            }
            texts.add(String.join(" ", words));
            ids[i] = tokenizer.encode(texts.get(i), EncodeOptions.DEFAULT).copyOfIds();
            if (ids[i].length != lengths[i]) {
                throw new IllegalStateException(ids[i].length + " tokens, not " + lengths[i] + ": " + texts.get(i));
            }
        }
        return new Texts(texts, ids);
    }

    /** Lengths from least to most, evenly spread, in an order as by chance, the same at every call. */
    static int[] raggedLengths(int count, int least, int most) {
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            lengths[i] = least + (most - least) * i / Math.max(1, count - 1);
        }
        Random random = new Random(1);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = lengths[i];
            lengths[i] = lengths[j];
            lengths[j] = swapped;
        }
        return lengths;
    }
}
