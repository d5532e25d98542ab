package dev.lanewise.tools.convert.sentencepiece;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.Charsmap;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.tools.convert.ProtobufReader;
import dev.lanewise.tools.convert.ProtobufReader.Place;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a file of SentencePiece says (its ModelProto; the numbers are those of sentencepiece_model.proto). Immutable.
 *
 * @param file the name that failures give
 * @param unigram whether texts are cut by scores of pieces, else pieces are merged (BPE)
 * @param pieces by id
 * @param charsmap the rules of normalisation, if there are any
 * @param bytes whether characters that are no pieces are spelled byte by byte
 * @param merged whether spaces at the ends go, and of neighbours one remains
 * @param dummy whether a space is put to every text
 * @param suffix whether it is put behind it, not before
 * @param escaped whether spaces become U+2581
 */
public record SentencePieceModel(String file, boolean unigram, List<Piece> pieces, Optional<Charsmap> charsmap,
        boolean bytes, boolean merged, boolean dummy, boolean suffix, boolean escaped) {
    private static final int UNIGRAM = 1;
    private static final int BPE = 2;

    /** What a piece is; in the order of its numbers. */
    public enum Type {
        /** No type has this number. */
        NONE,
        /** A piece of text. */
        NORMAL,
        /** It stands for what is no piece. */
        UNKNOWN,
        /** It steers the model and is in no text. */
        CONTROL,
        /** A piece that is never cut. */
        USER_DEFINED,
        /** A piece that is not to be found. */
        UNUSED,
        /** A byte. */
        BYTE
    }

    /**
     * A piece.
     *
     * @param text how it is spelled
     * @param score its score
     * @param type what it is
     */
    public record Piece(String text, float score, Type type) {}

    /** Takes copies. */
    public SentencePieceModel {
        pieces = List.copyOf(pieces);
    }

    /**
     * Reads a file.
     *
     * @throws ModelFormatException if it is damaged
     * @throws UnsupportedModelException if it is of a kind that is not supported
     */
    public static SentencePieceModel read(Path path) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            return new Reader(file).read();
        }
    }

    /** The id of the piece that stands for what is no piece. */
    public int unknown() {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == Type.UNKNOWN) {
                return id;
            }
        }
        throw new ModelFormatException(file, -1, "pieces", "one that is unknown", "none");
    }

    /** Reads a ModelProto. */
    private static final class Reader {
        private final MappedFile file;
        private final ProtobufReader in;
        private final List<Piece> pieces = new ArrayList<>();
        private long kind = UNIGRAM;
        private boolean bytes;
        private boolean suffix;
        private boolean dummy = true;
        private boolean merged = true;
        private boolean escaped = true;
        private Place charsmap = new Place(0, 0);

        Reader(MappedFile file) {
            this.file = file;
            in = new ProtobufReader(file);
        }

        SentencePieceModel read() throws IOException {
            in.readAll(field -> {
                switch (field) {
                    case 1 -> pieces.add(piece());
                    case 2 -> in.message(this::trainer);
                    case 3 -> in.message(this::normalizer);
                    case 5 -> in.message(this::denormalizer);
                    default -> in.skip();
                }
            });
            if (kind != UNIGRAM && kind != BPE) {
                throw new UnsupportedModelException(file.name() + ": a SentencePiece model of kind " + kind
                        + ", by words or characters; supported are unigram and BPE");
            }
            if (pieces.isEmpty()) {
                throw in.failure("pieces", "one or more", "none");
            }
            Optional<Charsmap> rules = Optional.empty();
            if (charsmap.length() > 0) {
                rules = Optional.of(CharsmapReader.read(file.name(), file.bytes()
                        .asSlice(charsmap.offset(), charsmap.length()).toArray(ValueLayout.JAVA_BYTE), false));
            }
            return new SentencePieceModel(file.name(), kind == UNIGRAM, pieces, rules, bytes, merged, dummy, suffix,
                    escaped);
        }

        private Piece piece() throws IOException {
            String[] text = {""};
            float[] score = {0};
            Type[] type = {Type.NORMAL};
            in.message(field -> {
                switch (field) {
                    case 1 -> text[0] = in.text("piece");
                    case 2 -> score[0] = in.number("piece, score");
                    case 3 -> {
                        long number = in.integer("piece, type");
                        if (number < 1 || number >= Type.values().length) {
                            throw in.failure("piece, type", "1 to " + (Type.values().length - 1), number + "");
                        }
                        type[0] = Type.values()[(int) number];
                    }
                    default -> in.skip();
                }
            });
            if (text[0].isEmpty() || !Float.isFinite(score[0])) {
                throw in.failure("piece", "a text and a finite score", "no text, or " + score[0]);
            }
            return new Piece(text[0], score[0], type[0]);
        }

        private void trainer(int field) throws IOException {
            switch (field) {
                case 3 -> kind = in.integer("trainer_spec, model_type");
                case 24 -> suffix = in.integer("trainer_spec, treat_whitespace_as_suffix") != 0;
                case 35 -> bytes = in.integer("trainer_spec, byte_fallback") != 0;
                default -> in.skip();
            }
        }

        private void normalizer(int field) throws IOException {
            switch (field) {
                case 2 -> charsmap = in.place("normalizer_spec, precompiled_charsmap");
                case 3 -> dummy = in.integer("normalizer_spec, add_dummy_prefix") != 0;
                case 4 -> merged = in.integer("normalizer_spec, remove_extra_whitespaces") != 0;
                case 5 -> escaped = in.integer("normalizer_spec, escape_whitespaces") != 0;
                default -> in.skip();
            }
        }

        private void denormalizer(int field) throws IOException {
            if (field == 2 && in.place("denormalizer_spec, precompiled_charsmap").length() > 0) {
                throw new UnsupportedModelException(file.name()
                        + ": the SentencePiece model changes the characters of what it decodes (denormalizer_spec),"
                        + " which is not supported");
            } else if (field != 2) {
                in.skip();
            }
        }
    }
}
