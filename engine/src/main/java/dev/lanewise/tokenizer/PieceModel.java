package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** How a model turns the pieces of a text into tokens, as data. Immutable and thread-safe. */
public sealed interface PieceModel {
    /**
     * BERT's: the longest pieces first.
     *
     * @param unknown the piece that stands for unknown words
     * @param continuation what the pieces that continue a word begin with
     * @param maxWord words of more characters than this are unknown
     */
    record WordPieceModel(String unknown, String continuation, int maxWord) implements PieceModel {
        /** The longest word that a file may ask to be cut into pieces: it bounds the time that a character can take. */
        static final int LONGEST_WORD = 1000;

        /** Checks that nothing is missing. */
        public WordPieceModel {
            Objects.requireNonNull(unknown);
            Objects.requireNonNull(continuation);
            if (maxWord < 1 || maxWord > LONGEST_WORD) {
                throw TokenizerSpec.bad("max_word", "1 to " + LONGEST_WORD, maxWord + "");
            }
            if (continuation.length() > Vocabulary.LONGEST) {
                throw TokenizerSpec.bad("continuation", "at most " + Vocabulary.LONGEST + " characters",
                        continuation.length() + "");
            }
        }
    }

    /**
     * What becomes of characters that are no pieces.
     *
     * @param bytes whether they are spelled byte by byte, with the pieces {@code <0x00>} to {@code <0xFF>}
     * @param unknown the piece that stands for what cannot be spelled, empty to drop it
     * @param fused whether neighbours of that kind are one token
     */
    record Fallback(boolean bytes, String unknown, boolean fused) {
        /** Such characters are dropped. There are none where every byte is a piece. */
        public static final Fallback NONE = new Fallback(false, "", false);

        /** Checks that nothing is missing. */
        public Fallback {
            Objects.requireNonNull(unknown);
        }
    }

    /**
     * Byte pair encoding by a list of merges, the first of which is made first.
     *
     * @param merges of each the ids of left, right and whole, one after the other; not to be changed
     * @param wholeWords whether a word that is a piece is taken as it is, whatever the merges say
     * @param fallback what becomes of characters that are no pieces
     */
    record MergesModel(int[] merges, boolean wholeWords, Fallback fallback) implements PieceModel {
        /** Checks that nothing is missing. */
        public MergesModel {
            Objects.requireNonNull(fallback);
            if (merges.length % 3 != 0) {
                throw TokenizerSpec.bad("merges", "three ids each", merges.length + " ids");
            }
        }

        /**
         * Of merges by their texts.
         *
         * @param vocabulary the pieces by id, empty where an id has none
         * @param lefts the left part of each merge
         * @param rights the right part of each
         * @throws dev.lanewise.weights.Metadata.MetadataException if a part, or the whole, is no piece
         */
        public static MergesModel of(String[] vocabulary, String[] lefts, String[] rights, boolean wholeWords,
                Fallback fallback) {
            Map<String, Integer> ids = HashMap.newHashMap(vocabulary.length);
            for (int id = 0; id < vocabulary.length; id++) {
                ids.put(vocabulary[id], id);
            }
            int[] merges = new int[lefts.length * 3];
            for (int i = 0; i < lefts.length; i++) {
                String[] texts = {lefts[i], rights[i], lefts[i] + rights[i]};
                for (int part = 0; part < texts.length; part++) {
                    Integer id = texts[part].isEmpty() ? null : ids.get(texts[part]);
                    if (id == null) {
                        throw TokenizerSpec.bad("merges", "pieces of the vocabulary",
                                Metadata.quoted(texts[part]) + " in merge " + i);
                    }
                    merges[i * 3 + part] = id;
                }
            }
            return new MergesModel(merges, wholeWords, fallback);
        }
    }

    /**
     * Byte pair encoding as SentencePiece has it: whatever makes a piece is merged, the one of the highest score first.
     *
     * @param scores by id, then of {@code others}; negative infinity for a piece that nothing is merged to; not to be changed
     * @param others pieces that have no id, so that they are unknown where they remain; not to be changed
     * @param fallback what becomes of characters that are no pieces
     */
    record ScoresModel(float[] scores, String[] others, Fallback fallback) implements PieceModel {
        /** Checks that nothing is missing. */
        public ScoresModel {
            Objects.requireNonNull(others);
            Objects.requireNonNull(fallback);
            for (float score : scores) {
                if (Float.isNaN(score)) {
                    throw TokenizerSpec.bad("scores", "numbers", "one that is none");
                }
            }
        }

        /** Where all pieces have ids. */
        public ScoresModel(float[] scores, Fallback fallback) {
            this(scores, new String[0], fallback);
        }
    }

    /**
     * The unigram language model: the pieces whose scores have the greatest sum.
     *
     * @param scores by id, then of {@code others}; negative infinity for a piece that is never found in a text; not to be
     *            changed
     * @param others pieces that have no id, so that they are unknown where they are found; not to be changed
     * @param unknownScore of a character that is no piece
     * @param floats whether sums are rounded to floats, as SentencePiece does it
     * @param fallback what becomes of characters that are no pieces; neighbours of that kind are always fused
     */
    record UnigramModel(double[] scores, String[] others, double unknownScore, boolean floats, Fallback fallback)
            implements
                PieceModel {
        /** Checks that nothing is missing. */
        public UnigramModel {
            Objects.requireNonNull(others);
            for (double score : scores) {
                if (Double.isNaN(score) || score == Double.POSITIVE_INFINITY) {
                    throw TokenizerSpec.bad("scores", "numbers", score + "");
                }
            }
        }
    }

    /** Checks it against the vocabulary, and makes the model. */
    static TokenModel make(PieceModel spec, Vocabulary vocabulary) {
        PieceTrie pieces = vocabulary.trie();
        return switch (spec) {
            case WordPieceModel wordPiece -> {
                int unknown = pieces.find(wordPiece.unknown());
                if (unknown == PieceTrie.NONE) {
                    throw TokenizerSpec.bad("unknown", "a piece of the vocabulary",
                            Metadata.quoted(wordPiece.unknown()));
                }
                yield new WordPiece(pieces, wordPiece.continuation(), unknown, wordPiece.maxWord());
            }
            case MergesModel merges -> merging(new MergeRule.ByRank(table(merges.merges(), vocabulary), pieces),
                    merges.wholeWords(), merges.fallback(), vocabulary);
            case ScoresModel scores -> merging(
                    new MergeRule.ByScore(vocabulary.trieWith(scores.others()), orders(scores, vocabulary)), false,
                    scores.fallback(), vocabulary);
            case UnigramModel unigram -> new Unigram(unigram, vocabulary, unknown(unigram.fallback(), vocabulary),
                    bytes(unigram.fallback(), vocabulary));
        };
    }

    private static Merging merging(MergeRule rule, boolean wholeWords, Fallback fallback, Vocabulary vocabulary) {
        int unknown = fallback.unknown().isEmpty() ? PieceTrie.NONE : unknown(fallback, vocabulary);
        return new Merging(vocabulary, rule, wholeWords, bytes(fallback, vocabulary), unknown, fallback.fused());
    }

    private static int unknown(Fallback fallback, Vocabulary vocabulary) {
        int unknown = vocabulary.id(fallback.unknown());
        if (unknown == PieceTrie.NONE) {
            throw TokenizerSpec.bad("unknown", "a piece of the vocabulary",
                    Metadata.quoted(fallback.unknown()));
        }
        return unknown;
    }

    private static int[] bytes(Fallback fallback, Vocabulary vocabulary) {
        if (!fallback.bytes()) {
            return null;
        }
        int[] bytes = new int[256];
        for (int b = 0; b < bytes.length; b++) {
            String piece = SentenceDecoder.piece(b);
            bytes[b] = vocabulary.id(piece);
            if (bytes[b] == PieceTrie.NONE) {
                throw TokenizerSpec.bad("vocabulary", "a piece for each byte", "no " + piece);
            }
        }
        return bytes;
    }

    private static PairTable table(int[] merges, Vocabulary vocabulary) {
        PairTable table = new PairTable(merges.length / 3);
        for (int i = 0; i < merges.length; i += 3) {
            String left = vocabulary.piece(merges[i]);
            String right = vocabulary.piece(merges[i + 1]);
            String whole = vocabulary.piece(merges[i + 2]);
            if (left == null || right == null || whole == null || whole.length() != left.length() + right.length()
                    || !whole.startsWith(left) || !whole.endsWith(right)) {
                throw TokenizerSpec.bad("merges", "ids of two pieces, and of what they make together",
                        merges[i] + ", " + merges[i + 1] + " and " + merges[i + 2] + " as merge " + i / 3);
            }
            table.add(merges[i], merges[i + 1], i / 3, merges[i + 2]);
        }
        return table;
    }

    private static int[] orders(ScoresModel model, Vocabulary vocabulary) {
        double[] scores = new double[model.scores().length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = model.scores()[i];
        }
        scores = byPiece(scores, model.others().length, vocabulary);
        int[] orders = new int[scores.length];
        Arrays.fill(orders, MergeRule.ByScore.NEVER);
        for (int id = 0; id < scores.length; id++) {
            String piece = vocabulary.piece(id);
            // A byte that is spelled out in the text is text.
            if (scores[id] != Double.NEGATIVE_INFINITY && (piece == null || SentenceDecoder.byteOf(piece) < 0)) {
                int bits = Float.floatToIntBits((float) scores[id] + 0f);
                orders[id] = ~(bits ^ bits >> 31 & Integer.MAX_VALUE);
            }
        }
        return orders;
    }

    /** Scores by the ids of a vocabulary, and those of other pieces behind them; negative infinity where there is none. */
    static double[] byPiece(double[] given, int others, Vocabulary vocabulary) {
        int size = vocabulary.size();
        int known = given.length - others;
        if (known < 0 || known > size) {
            throw TokenizerSpec.bad("scores", others + " to " + (size + others) + ", as there are pieces",
                    given.length + "");
        }
        double[] scores = new double[size + others];
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        System.arraycopy(given, 0, scores, 0, known);
        System.arraycopy(given, known, scores, size, others);
        return scores;
    }
}
