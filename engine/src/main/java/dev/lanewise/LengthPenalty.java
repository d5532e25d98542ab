package dev.lanewise;

/** What the logarithm of a probability is divided by, so that texts of other lengths can be compared: a power of n, the length. */
public enum LengthPenalty {
    /** {@code n^penalty}, as in Hugging Face's transformers; the token that ends the text counts. */
    HUGGING_FACE(0, true),
    /** {@code ((5 + n) / 6)^penalty}, as in Google's NMT (Wu et al., 2016); the token that ends the text counts. */
    GOOGLE_NMT(5, true),
    /** {@code n^penalty}, the token that ends the text not counted: as CTranslate2's Whisper, not its translator. */
    CTRANSLATE2(0, false);

    private final double offset;
    private final boolean countsEnd;

    LengthPenalty(double offset, boolean countsEnd) {
        this.offset = offset;
        this.countsEnd = countsEnd;
    }

    double offset() {
        return offset;
    }

    boolean countsEnd() {
        return countsEnd;
    }
}
