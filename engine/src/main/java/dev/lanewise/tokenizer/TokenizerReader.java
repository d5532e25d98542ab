package dev.lanewise.tokenizer;

import static dev.lanewise.tokenizer.TokenizerSpec.bad;

import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.MergesModel;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.PieceModel.UnigramModel;
import dev.lanewise.tokenizer.PieceModel.WordPieceModel;
import dev.lanewise.tokenizer.PreTokenizer.BertSplit;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.weights.Metadata;
import java.util.ArrayList;
import java.util.List;

/** Reads a tokenizer from metadata. BERT's steps, which were there first, have keys of their own. */
final class TokenizerReader {
    private static final int SINGLE_WORD = 1;
    private static final int STRIP_LEFT = 2;
    private static final int STRIP_RIGHT = 4;
    private static final int NORMALIZED = 8;
    private static final int SPECIAL = 16;

    /** How a model makes tokens. */
    private enum Kind {
        WORDPIECE, MERGES, SCORES, UNIGRAM
    }

    /** How tokens become text. */
    private enum DecoderKind {
        WORDPIECE, BYTE_LEVEL, SENTENCE
    }

    private TokenizerReader() {}

    static TokenizerSpec read(Metadata.Reader in) {
        Kind kind = in.word("kind", Kind.class);
        String[] vocabulary = in.strings("vocabulary");
        PieceModel model = switch (kind) {
            case WORDPIECE -> new WordPieceModel(in.string("unknown"), in.string("continuation"),
                    in.integer("max_word", 1, WordPieceModel.LONGEST_WORD));
            case MERGES -> new MergesModel(in.integers("merges"), in.bool("whole_words"), readFallback(in));
            case SCORES -> new ScoresModel(in.numbers("scores"), readOthers(in), readFallback(in));
            case UNIGRAM -> new UnigramModel(readScores(in), readOthers(in), in.number("unknown_score"),
                    in.bool("floats"), readFallback(in));
        };
        boolean bert = kind == Kind.WORDPIECE && !in.has("normalizer.kinds");
        List<Normalizer> normalizers = bert
                ? List.of(new BertNormalizer(in.bool("normalizer.clean_text"), in.bool("normalizer.space_chinese"),
                        in.bool("normalizer.strip_accents"),
                        in.bool("normalizer.lowercase")))
                : StepReader.normalizers(in);
        List<PreTokenizer> preTokenizers = bert
                ? List.of(new BertSplit())
                : StepReader.preTokenizers(in);
        PieceDecoder decoder = bert && model instanceof WordPieceModel wordPiece
                ? new WordPieceDecoder(wordPiece.continuation(), in.bool("decoder.clean_up"))
                : readDecoder(in);
        TokenizerSpec spec = new TokenizerSpec(vocabulary, readAdded(in), normalizers, preTokenizers, model, decoder,
                Template.read(in, "template.single"), Template.read(in, "template.pair"),
                in.has("offsets") ? in.word("offsets", Offsets.class) : Offsets.WHOLE, readControl(in));
        in.finish();
        return spec;
    }

    private static String[] readOthers(Metadata.Reader in) {
        return in.has("others") ? in.strings("others") : new String[0];
    }

    /** Scores are floats, or, where one is none, the bits of doubles, the lower half first. */
    private static double[] readScores(Metadata.Reader in) {
        boolean single = in.has("scores");
        float[] singles = single ? in.numbers("scores") : new float[0];
        int[] bits = single ? new int[0] : in.integers("scores.bits");
        double[] scores = new double[single ? singles.length : bits.length / 2];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = single
                    ? singles[i]
                    : Double.longBitsToDouble((long) bits[2 * i + 1] << 32 | bits[2 * i] & 0xFFFFFFFFL);
        }
        return scores;
    }

    private static Fallback readFallback(Metadata.Reader in) {
        return new Fallback(in.bool("fallback.bytes"), in.string("fallback.unknown"), in.bool("fallback.fused"));
    }

    private static ControlTokens readControl(Metadata.Reader in) {
        return new ControlTokens(
                in.has("control.begin") ? in.integer("control.begin", 0, Vocabulary.MOST) : -1,
                in.has("control.end") ? in.integer("control.end", 0, Vocabulary.MOST) : -1,
                in.has("control.stops") ? in.integers("control.stops") : new int[0]);
    }

    private static PieceDecoder readDecoder(Metadata.Reader in) {
        return switch (in.word("decoder.kind", DecoderKind.class)) {
            case WORDPIECE -> new WordPieceDecoder(in.string("decoder.continuation"), in.bool("decoder.clean_up"));
            case BYTE_LEVEL -> new ByteLevelDecoder();
            case SENTENCE -> new SentenceDecoder(StepReader.character("decoder.space", in.string("decoder.space")),
                    in.bool("decoder.bytes"), in.word("decoder.strip", SentenceDecoder.Strip.class));
        };
    }

    private static List<AddedToken> readAdded(Metadata.Reader in) {
        int[] ids = in.integers("added.ids");
        String[] contents = in.strings("added.contents");
        int[] flags = in.integers("added.flags");
        if (contents.length != ids.length || flags.length != ids.length) {
            throw bad("added.ids", "as many as contents and flags",
                    ids.length + ", " + contents.length + ", " + flags.length);
        }
        List<AddedToken> added = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            int f = flags[i];
            if (f < 0 || f >= SPECIAL << 1) {
                throw bad("added.flags", "0 to " + ((SPECIAL << 1) - 1), f + "");
            }
            added.add(new AddedToken(ids[i], contents[i], (f & SINGLE_WORD) != 0, (f & STRIP_LEFT) != 0,
                    (f & STRIP_RIGHT) != 0, (f & NORMALIZED) != 0, (f & SPECIAL) != 0));
        }
        return added;
    }
}
