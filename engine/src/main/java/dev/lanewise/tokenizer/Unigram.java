package dev.lanewise.tokenizer;

import java.util.Arrays;

/**
 * The unigram language model: of all ways to cut a text into pieces, the one whose scores have the greatest sum (Kudo 2018),
 * found in one pass by Viterbi's algorithm. Immutable and thread-safe.
 *
 * <p>Time is linear in the text: at every place it walks along no more characters than the longest piece has.
 */
final class Unigram implements TokenModel {
    private final PieceTrie pieces;
    private final Vocabulary vocabulary;
    private final double[] scores; // [piece], negative infinity where it is never found
    private final double unknownScore;
    private final boolean floats;
    private final int unknown;
    private final int[] bytes; // [byte] ids, or null

    /**
     * @param spec the scores
     * @param vocabulary the pieces
     * @param unknown the id of what is no piece
     * @param bytes the ids that characters which are no pieces are spelled with, byte by byte of UTF-8; null if they are not
     */
    Unigram(PieceModel.UnigramModel spec, Vocabulary vocabulary, int unknown, int[] bytes) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.bytes = bytes;
        unknownScore = spec.unknownScore();
        floats = spec.floats();
        scores = PieceModel.byPiece(spec.scores(), spec.others().length, vocabulary);
        pieces = vocabulary.trieWith(spec.others());
    }

    @Override
    public void encode(NormalizedText text, int from, int to, int typeId, Tokens out) {
        Lattice best = out.lattice;
        best.begin(to - from);
        for (int at = from; at < to;) {
            double sum = best.scores[at - from];
            int next = at + Character.charCount(text.codePointAt(at, to));
            boolean single = false;
            int node = PieceTrie.ROOT;
            for (int end = at; end < to;) {
                node = pieces.child(node, text.chars[end++]);
                if (node == PieceTrie.NONE) {
                    break;
                }
                int id = pieces.id(node);
                if (id != PieceTrie.NONE && isFound(id, out)) {
                    offer(best, at - from, end - from, id, sum, scores[id]);
                    single |= end == next;
                }
            }
            if (!single) {
                offer(best, at - from, next - from, unknown, sum, unknownScore);
            }
            at = next;
        }
        best.turn(to - from);
        int unknownFrom = -1;
        for (int at = from; at < to; at = from + best.ends[at - from]) {
            int end = from + best.ends[at - from];
            int id = best.ids[end - from];
            if (id == unknown) {
                unknownFrom = unknownFrom < 0 ? at : unknownFrom;
                continue;
            }
            if (unknownFrom >= 0) {
                addUnknown(text, unknownFrom, at, typeId, out);
                unknownFrom = -1;
            }
            out.addNormalized(text, id < vocabulary.size() ? id : unknown, typeId, at, end);
        }
        if (unknownFrom >= 0) {
            addUnknown(text, unknownFrom, to, typeId, out);
        }
    }

    private boolean isFound(int id, Tokens out) {
        return scores[id] != Double.NEGATIVE_INFINITY
                && (out.parseSpecial || id >= vocabulary.size() || !vocabulary.isSpecial(id));
    }

    private void offer(Lattice best, int start, int end, int id, double before, double score) {
        double sum = before + score;
        if (floats && score == (float) score) {
            sum = (float) sum;
        }
        if (best.starts[end] < 0 || sum > best.scores[end]) {
            best.scores[end] = floats ? (float) sum : sum;
            best.starts[end] = start;
            best.ids[end] = id;
        }
    }

    /** Neighbours that are no pieces are one token, or the bytes of all. */
    private void addUnknown(NormalizedText text, int from, int to, int typeId, Tokens out) {
        // The vocabulary may know more pieces than there are to cut a text into.
        int id = vocabulary.trie().find(text.chars, from, to);
        boolean known = id != PieceTrie.NONE && (out.parseSpecial || !vocabulary.isSpecial(id));
        if (known || bytes == null) {
            out.addNormalized(text, known ? id : unknown, typeId, from, to);
            return;
        }
        for (int at = from; at < to;) {
            int c = text.codePointAt(at, to);
            Merging.addBytes(text, c, from, to, bytes, typeId, out);
            at += Character.charCount(c);
        }
    }

    /** The best way to each place of a text. Reused; grows and never shrinks. Not thread-safe. */
    static final class Lattice {
        private double[] scores = new double[64]; // [place]
        private int[] starts = new int[64]; // [place] where the last piece before it begins, -1 if there is none
        private int[] ids = new int[64]; // [place] which piece that is
        private int[] ends = new int[64]; // [place] where the piece ends that begins here

        private void begin(int length) {
            if (length >= scores.length) {
                int capacity = (int) Math.min(Math.max(2L * scores.length, length + 1), Integer.MAX_VALUE - 8);
                scores = new double[capacity];
                starts = new int[capacity];
                ids = new int[capacity];
                ends = new int[capacity];
            }
            Arrays.fill(starts, 0, length + 1, -1);
            scores[0] = 0;
        }

        /** Turns the way back from the end into one from the beginning. */
        private void turn(int length) {
            for (int end = length; end > 0; end = starts[end]) {
                ends[starts[end]] = end;
            }
        }
    }
}
