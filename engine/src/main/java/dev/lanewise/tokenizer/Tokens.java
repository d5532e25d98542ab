package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * The tokens of one text, or of a pair of texts: ids, types, and which part of the text each stands for. Filled by
 * {@link Tokenizer#encode(CharSequence, EncodeOptions, Tokens)}, which also works in it, so that a reused one makes encoding
 * free of allocation: it grows to the longest text it has met (a few dozen bytes for each of its characters) and never shrinks.
 * Not thread-safe.
 */
public final class Tokens {
    private int[] ids = new int[64];
    private int[] typeIds = new int[64];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int size;
    private final int[] parts = new int[4]; // where the tokens of the first text begin and end, and those of the second
    private int sizeBeforeTruncation;

    /** The text, as it was when encoding began: a sequence that another thread changes cannot lead the stages astray. */
    char[] text = new char[256];
    int textLength;
    /** Whether what spells a special token is one. */
    boolean parseSpecial;
    NormalizedText normalized = new NormalizedText();
    private NormalizedText spare = new NormalizedText();
    final Pieces pieces = new Pieces();
    final Symbols symbols = new Symbols();
    final Unigram.Lattice lattice = new Unigram.Lattice();
    final CombiningMarks marks = new CombiningMarks();
    final AddedTokenCursor inText = new AddedTokenCursor();
    final AddedTokenCursor inNormalized = new AddedTokenCursor();

    /** No tokens yet. */
    public Tokens() {}

    /** How many tokens there are. */
    public int size() {
        return size;
    }

    /** The id of a token. */
    public int id(int index) {
        return ids[checked(index)];
    }

    /** The type of a token: which part of the input it belongs to, BERT's segment. */
    public int typeId(int index) {
        return typeIds[checked(index)];
    }

    /**
     * Where the token begins in its text, in UTF-16 {@code char}s; 0 for a token that the template added.
     */
    public int start(int index) {
        return starts[checked(index)];
    }

    /** Where the token ends in its text, after its last {@code char}; 0 for a token that the template added. */
    public int end(int index) {
        return ends[checked(index)];
    }

    /** The ids; the first {@link #size()} entries are valid, until these tokens are filled again. Not a copy. */
    public int[] ids() {
        return ids;
    }

    /** The types, as {@link #ids()}. */
    public int[] typeIds() {
        return typeIds;
    }

    /** A copy of the ids, of the right length. */
    public int[] copyOfIds() {
        return Arrays.copyOf(ids, size);
    }

    /** How many tokens the text had before {@link #truncate}; {@link #size()} if it was not truncated. */
    public int sizeBeforeTruncation() {
        return sizeBeforeTruncation;
    }

    /** How many tokens are neither of the second text nor would be, were there none: the first text's and the template's. */
    public int sizeWithoutSecond() {
        return size - (parts[3] - parts[2]);
    }

    /**
     * Drops tokens of the text, from its end, until no more than a number remain in all; of a pair, tokens of the longer one
     * until both are equal, then of both. Those that the template added remain, as in Hugging Face's {@code tokenizers}.
     *
     * @param maxTokens how many may remain, those of the template included
     * @return whether anything was dropped
     * @throws IllegalArgumentException if the template alone has more tokens
     */
    public boolean truncate(int maxTokens) {
        int first = parts[1] - parts[0];
        int second = parts[3] - parts[2];
        int room = room(maxTokens, size - first - second, "are added to every text");
        if (first + second <= room) {
            return false;
        }
        int shorter = Math.min(first, second);
        int longer = Math.max(shorter, room - shorter);
        if (shorter + longer > room) {
            shorter = room / 2;
            longer = room - shorter;
        }
        boolean swapped = first > second;
        keep(swapped ? longer : shorter, swapped ? shorter : longer);
        return true;
    }

    /**
     * Drops tokens of the second text of a pair, from its end, until no more than a number remain in all.
     *
     * @param maxTokens how many may remain, those of the first text and the template included
     * @return whether anything was dropped
     * @throws IllegalArgumentException if the first text and the template have more tokens
     */
    public boolean truncateSecond(int maxTokens) {
        int room = room(maxTokens, sizeWithoutSecond(), "are no part of the second text");
        if (parts[3] - parts[2] <= room) {
            return false;
        }
        keep(parts[1] - parts[0], room);
        return true;
    }

    private static int room(int maxTokens, int others, String which) {
        if (maxTokens < others) {
            throw new IllegalArgumentException(
                    "cannot truncate to " + maxTokens + " tokens: " + others + " " + which);
        }
        return maxTokens - others;
    }

    /** Keeps the first tokens of each text, and all of the template. */
    private void keep(int first, int second) {
        int to = 0;
        for (int i = 0; i < size; i++) {
            if (i >= parts[0] + first && i < parts[1] || i >= parts[2] + second && i < parts[3]) {
                continue;
            }
            ids[to] = ids[i];
            typeIds[to] = typeIds[i];
            starts[to] = starts[i];
            ends[to++] = ends[i];
        }
        size = to;
        int cutFirst = parts[1] - parts[0] - first;
        int cutSecond = parts[3] - parts[2] - second;
        int later = parts[0] <= parts[2] ? 2 : 0;
        parts[later] -= later == 2 ? cutFirst : cutSecond;
        parts[1] = parts[0] + first;
        parts[3] = parts[2] + second;
    }

    /** Begins a new text, or pair of texts. */
    void begin() {
        size = 0;
        Arrays.fill(parts, 0);
    }

    /** Takes a copy of the text that is next. */
    void load(CharSequence from) {
        int length = from.length();
        if (length > text.length) {
            text = new char[Math.max(length, (int) Math.min(Tokenizer.LONGEST_TEXT, text.length * 2L))];
        }
        from.getChars(0, length, text, 0);
        textLength = length;
    }

    /** Remembers which tokens are those of the first text, 0, or the second, 1. */
    void part(int which, int from) {
        parts[2 * which] = from;
        parts[2 * which + 1] = size;
    }

    /** All tokens are there. */
    void finish() {
        sizeBeforeTruncation = size;
    }

    void add(int id, int typeId, int start, int end) {
        if (size == ids.length) {
            int capacity = size * 2;
            ids = Arrays.copyOf(ids, capacity);
            typeIds = Arrays.copyOf(typeIds, capacity);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
        }
        ids[size] = id;
        typeIds[size] = typeId;
        starts[size] = start;
        ends[size++] = end;
    }

    /** The text that the next normaliser writes; the other one, which it reads, takes its place. */
    NormalizedText swapNormalized() {
        NormalizedText read = normalized;
        normalized = spare;
        spare = read;
        normalized.clear();
        return read;
    }

    /** Changes which part of the text a token stands for. */
    void move(int index, int start, int end) {
        starts[index] = start;
        ends[index] = end;
    }

    /** Adds a token that stands for a part, not empty, of a normalised text. */
    void addNormalized(NormalizedText normal, int id, int typeId, int from, int to) {
        int last = normal.origins[to - 1];
        add(id, typeId, normal.origins[from],
                last + Character.charCount(Character.codePointAt(text, last, textLength)));
    }

    /** Takes back the last tokens. */
    void shrinkTo(int newSize) {
        size = newSize;
    }

    private int checked(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("token " + index + " of " + size);
        }
        return index;
    }
}
