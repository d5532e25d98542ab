package dev.lanewise.tokenizer;

import static dev.lanewise.tokenizer.TokenizerSpec.PREFIX;
import static dev.lanewise.tokenizer.TokenizerSpec.bad;

import dev.lanewise.tokenizer.Normalizer.Strip;
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

/**
 * Tokenizers as metadata. BERT's steps, which were there first, have keys of their own.
 */
final class TokenizerCodec {
    private static final int SINGLE_WORD = 1;
    private static final int STRIP_LEFT = 2;
    private static final int STRIP_RIGHT = 4;
    private static final int NORMALIZED = 8;
    private static final int SPECIAL = 16;

    private static final String CLEAN_TEXT = "normalizer.clean_text";
    private static final String SPACE_CHINESE = "normalizer.space_chinese";
    private static final String STRIP_ACCENTS = "normalizer.strip_accents";
    private static final String LOWERCASE = "normalizer.lowercase";

    /** How a model makes tokens. */
    private enum Kind {
        WORDPIECE, MERGES, SCORES, UNIGRAM
    }

    /** How tokens become text. */
    private enum DecoderKind {
        WORDPIECE, BYTE_LEVEL, SENTENCE
    }

    private TokenizerCodec() {}

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
                ? List.of(new BertNormalizer(in.bool(CLEAN_TEXT), in.bool(SPACE_CHINESE), in.bool(STRIP_ACCENTS),
                        in.bool(LOWERCASE)))
                : StepCodec.normalizers(in);
        List<PreTokenizer> preTokenizers = bert
                ? List.of(new BertSplit())
                : StepCodec.preTokenizers(in);
        PieceDecoder decoder = bert && model instanceof WordPieceModel wordPiece
                ? new WordPieceDecoder(wordPiece.continuation(), in.bool("decoder.clean_up"))
                : readDecoder(in);
        TokenizerSpec spec = new TokenizerSpec(vocabulary, readAdded(in), normalizers, preTokenizers, model, decoder,
                Template.read(in, "template.single"), Template.read(in, "template.pair"),
                in.has("offsets") ? in.word("offsets", Offsets.class) : Offsets.WHOLE, readControl(in));
        in.finish();
        return spec;
    }

    static void write(TokenizerSpec spec, Metadata.Builder out) {
        out.put(PREFIX + "vocabulary", spec.vocabulary());
        switch (spec.model()) {
            case WordPieceModel model -> out.put(PREFIX + "kind", Kind.WORDPIECE).put(PREFIX + "unknown",
                    model.unknown()).put(PREFIX + "continuation", model.continuation())
                    .put(PREFIX + "max_word", model.maxWord());
            case MergesModel model -> {
                out.put(PREFIX + "kind", Kind.MERGES).put(PREFIX + "merges", model.merges())
                        .put(PREFIX + "whole_words", model.wholeWords());
                writeFallback(model.fallback(), out);
            }
            case ScoresModel model -> {
                out.put(PREFIX + "kind", Kind.SCORES).put(PREFIX + "scores", model.scores());
                writeOthers(model.others(), out);
                writeFallback(model.fallback(), out);
            }
            case UnigramModel model -> {
                out.put(PREFIX + "kind", Kind.UNIGRAM).put(PREFIX + "unknown_score", model.unknownScore())
                        .put(PREFIX + "floats", model.floats());
                writeOthers(model.others(), out);
                writeScores(model.scores(), out);
                writeFallback(model.fallback(), out);
            }
        }
        if (isBert(spec) && spec.normalizers().getFirst() instanceof BertNormalizer bert
                && spec.decoder() instanceof WordPieceDecoder decoder) {
            out.put(PREFIX + CLEAN_TEXT, bert.cleanText()).put(PREFIX + SPACE_CHINESE, bert.spaceChinese())
                    .put(PREFIX + STRIP_ACCENTS, bert.stripAccents()).put(PREFIX + LOWERCASE, bert.lowercase())
                    .put(PREFIX + "decoder.clean_up", decoder.cleanUp());
        } else {
            StepCodec.write(spec, out);
            writeDecoder(spec.decoder(), out);
        }
        List<AddedToken> added = spec.added();
        int[] ids = new int[added.size()];
        String[] contents = new String[added.size()];
        int[] flags = new int[added.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = added.get(i).id();
            contents[i] = added.get(i).content();
            flags[i] = flags(added.get(i));
        }
        out.put(PREFIX + "added.ids", ids).put(PREFIX + "added.contents", contents).put(PREFIX + "added.flags", flags);
        spec.single().write(out, PREFIX + "template.single");
        spec.pair().write(out, PREFIX + "template.pair");
        if (spec.offsets() != Offsets.WHOLE) {
            out.put(PREFIX + "offsets", spec.offsets());
        }
        writeControl(spec.control(), out);
    }

    /** Whether the steps are BERT's, and have keys of their own. */
    private static boolean isBert(TokenizerSpec spec) {
        return spec.normalizers().size() == 1 && spec.normalizers().getFirst() instanceof BertNormalizer
                && spec.preTokenizers().equals(List.of(new BertSplit()))
                && spec.model() instanceof WordPieceModel model && spec.decoder() instanceof WordPieceDecoder decoder
                && decoder.continuation().equals(model.continuation());
    }

    private static String[] readOthers(Metadata.Reader in) {
        return in.has("others") ? in.strings("others") : new String[0];
    }

    private static void writeOthers(String[] others, Metadata.Builder out) {
        if (others.length > 0) {
            out.put(PREFIX + "others", others);
        }
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

    private static void writeScores(double[] scores, Metadata.Builder out) {
        float[] singles = new float[scores.length];
        int[] bits = new int[2 * scores.length];
        boolean single = true;
        for (int i = 0; i < scores.length; i++) {
            singles[i] = (float) scores[i];
            single &= singles[i] == scores[i];
            long both = Double.doubleToRawLongBits(scores[i]);
            bits[2 * i] = (int) both;
            bits[2 * i + 1] = (int) (both >> 32);
        }
        if (single) {
            out.put(PREFIX + "scores", singles);
        } else {
            out.put(PREFIX + "scores.bits", bits);
        }
    }

    private static Fallback readFallback(Metadata.Reader in) {
        return new Fallback(in.bool("fallback.bytes"), in.string("fallback.unknown"), in.bool("fallback.fused"));
    }

    private static void writeFallback(Fallback fallback, Metadata.Builder out) {
        out.put(PREFIX + "fallback.bytes", fallback.bytes()).put(PREFIX + "fallback.unknown", fallback.unknown())
                .put(PREFIX + "fallback.fused", fallback.fused());
    }

    private static ControlTokens readControl(Metadata.Reader in) {
        return new ControlTokens(
                in.has("control.begin") ? in.integer("control.begin", 0, Vocabulary.MOST) : -1,
                in.has("control.end") ? in.integer("control.end", 0, Vocabulary.MOST) : -1,
                in.has("control.stops") ? in.integers("control.stops") : new int[0]);
    }

    private static void writeControl(ControlTokens control, Metadata.Builder out) {
        if (control.begin() >= 0) {
            out.put(PREFIX + "control.begin", control.begin());
        }
        if (control.end() >= 0) {
            out.put(PREFIX + "control.end", control.end());
        }
        if (control.stops().length > 0) {
            out.put(PREFIX + "control.stops", control.stops());
        }
    }

    private static PieceDecoder readDecoder(Metadata.Reader in) {
        return switch (in.word("decoder.kind", DecoderKind.class)) {
            case WORDPIECE -> new WordPieceDecoder(in.string("decoder.continuation"), in.bool("decoder.clean_up"));
            case BYTE_LEVEL -> new ByteLevelDecoder();
            case SENTENCE -> new SentenceDecoder(StepCodec.character("decoder.space", in.string("decoder.space")),
                    in.bool("decoder.bytes"), in.word("decoder.strip", SentenceDecoder.Strip.class));
        };
    }

    private static void writeDecoder(PieceDecoder decoder, Metadata.Builder out) {
        String kind = PREFIX + "decoder.kind";
        switch (decoder) {
            case WordPieceDecoder words -> out.put(kind, DecoderKind.WORDPIECE)
                    .put(PREFIX + "decoder.continuation", words.continuation())
                    .put(PREFIX + "decoder.clean_up", words.cleanUp());
            case ByteLevelDecoder _ -> out.put(kind, DecoderKind.BYTE_LEVEL);
            case SentenceDecoder sentence -> out.put(kind, DecoderKind.SENTENCE)
                    .put(PREFIX + "decoder.space", "" + sentence.space())
                    .put(PREFIX + "decoder.bytes", sentence.bytes()).put(PREFIX + "decoder.strip", sentence.strip());
        }
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

    private static int flags(AddedToken token) {
        return (token.singleWord() ? SINGLE_WORD : 0) | (token.stripLeft() ? STRIP_LEFT : 0)
                | (token.stripRight() ? STRIP_RIGHT : 0) | (token.normalized() ? NORMALIZED : 0)
                | (token.special() ? SPECIAL : 0);
    }
}
