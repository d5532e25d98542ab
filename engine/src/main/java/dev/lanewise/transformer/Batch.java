package dev.lanewise.transformer;

import dev.lanewise.spec.StemSpec;
import java.util.Arrays;

/**
 * The texts of one pass, ragged: the tokens of all texts one behind the other, without padding. Reused; grows as needed and
 * never shrinks. Not thread-safe.
 */
public final class Batch {
    private int[] ids = new int[64]; // [tokens]
    private int[] types = new int[64]; // [tokens]
    private int[] positions = new int[64]; // [tokens], within the text
    private int[] starts = new int[9]; // [texts + 1], the first token of each text, then the number of tokens
    private KeyValueCache[] caches = new KeyValueCache[8]; // [texts], null of texts without one
    private EncodedSource[] sources = new EncodedSource[8]; // [texts], null of texts without one
    private float[][] features = new float[8][]; // [texts], [features][frames], null of texts of ids
    private int[] frames = new int[8]; // [texts]
    private int texts;

    /** Makes it empty. */
    public void clear() {
        Arrays.fill(caches, 0, texts, null);
        Arrays.fill(sources, 0, texts, null);
        Arrays.fill(features, 0, texts, null);
        texts = 0;
    }

    /**
     * Adds a text.
     *
     * @param tokenTypes as long as the text, or null for all 0
     * @param from the first id of the text
     * @param to behind the last
     */
    public void add(int[] tokenIds, int[] tokenTypes, int from, int to) {
        add(tokenIds, tokenTypes, from, to, null, null);
    }

    /**
     * Adds a text that goes on behind the tokens of a cache.
     *
     * @param from the first id of the text
     * @param to behind the last
     * @param cache with room for so many tokens; in no other text of the batch
     */
    public void add(int[] tokenIds, int from, int to, KeyValueCache cache) {
        add(tokenIds, from, to, cache, null);
    }

    /**
     * Adds a text that goes on behind the tokens of a cache and attends to a source, as texts of an {@link EncoderDecoder} do.
     *
     * @param from the first id of the text
     * @param to behind the last
     * @param cache with room for so many tokens; in no other text of the batch
     * @param source may be that of other texts, too
     */
    public void add(int[] tokenIds, int from, int to, KeyValueCache cache, EncodedSource source) {
        if (to - from > cache.capacity() - cache.length()) {
            throw new IllegalArgumentException((to - from) + " tokens do not fit behind " + cache.length() + " of "
                    + cache.capacity());
        }
        add(tokenIds, null, from, to, cache, source);
    }

    /**
     * Adds features, a source of an encoder that begins with a stem.
     *
     * @param values {@code [features][frames]}, row-major; not to be changed before the pass
     * @param count how many frames, at least 1
     */
    public void addFeatures(float[] values, int count, StemSpec stem) {
        append(stem.tokens(count), 0, null, null);
        features[texts - 1] = values;
        frames[texts - 1] = count;
    }

    private void add(int[] tokenIds, int[] tokenTypes, int from, int to, KeyValueCache cache, EncodedSource source) {
        int start = tokens();
        append(to - from, cache == null ? 0 : cache.length(), cache, source);
        System.arraycopy(tokenIds, from, ids, start, to - from);
        for (int i = from; i < to && tokenTypes != null; i++) {
            types[start + i - from] = tokenTypes[i];
        }
    }

    /** A text whose ids are not known yet. */
    private void append(int count, int position, KeyValueCache cache, EncodedSource source) {
        int start = tokens();
        int end = start + count;
        if (end > ids.length) {
            int capacity = Math.max(end, 2 * ids.length);
            types = Arrays.copyOf(types, capacity);
            positions = Arrays.copyOf(positions, capacity);
            ids = Arrays.copyOf(ids, capacity); // the last one: it says for how many there was memory
        }
        if (texts + 2 > starts.length) {
            int capacity = 2 * starts.length;
            caches = Arrays.copyOf(caches, capacity);
            sources = Arrays.copyOf(sources, capacity);
            features = Arrays.copyOf(features, capacity);
            frames = Arrays.copyOf(frames, capacity);
            starts = Arrays.copyOf(starts, capacity);
        }
        for (int i = start; i < end; i++) {
            types[i] = 0;
            positions[i] = position + i - start;
        }
        caches[texts] = cache;
        sources[texts] = source;
        starts[++texts] = end;
    }

    /** How many texts. */
    public int texts() {
        return texts;
    }

    /** How many tokens all texts have together. */
    public int tokens() {
        return starts[texts];
    }

    /** The first token of a text; of the text behind the last, the number of tokens. */
    public int start(int text) {
        return starts[text];
    }

    /** How many tokens a text has. */
    public int length(int text) {
        return starts[text + 1] - starts[text];
    }

    /** How many keys the longest text has, those of its cache included. */
    int keys() {
        int most = 0;
        for (int text = 0; text < texts; text++) {
            most = Math.max(most, keys(text));
        }
        return most;
    }

    /** How many keys a text has of its own, those of its cache included. */
    int keys(int text) {
        return length(text) + (caches[text] == null ? 0 : caches[text].length());
    }

    /** How many tokens a text has or is going to have, see {@link KeyValueCache#extend}. */
    int extent(int text) {
        return caches[text] == null ? length(text) : caches[text].extent();
    }

    /** What a text goes on behind, or null. */
    KeyValueCache cache(int text) {
        return caches[text];
    }

    /** What a text attends to, or null. */
    EncodedSource source(int text) {
        return sources[text];
    }

    /** What a text without ids has, {@code [features][frames]}. */
    float[] features(int text) {
        return features[text];
    }

    int frames(int text) {
        return frames[text];
    }

    int id(int token) {
        return ids[token];
    }

    int type(int token) {
        return types[token];
    }

    int position(int token) {
        return positions[token];
    }
}
