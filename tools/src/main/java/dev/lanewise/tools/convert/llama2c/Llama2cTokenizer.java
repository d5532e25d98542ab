package dev.lanewise.tools.convert.llama2c;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.ControlTokens;
import dev.lanewise.tokenizer.Normalizer;
import dev.lanewise.tokenizer.PieceModel.Fallback;
import dev.lanewise.tokenizer.PieceModel.ScoresModel;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tools.convert.MappedFile;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A tokenizer.bin of llama2.c: the length of the longest piece, then of each piece its score, its length and its text, up to
 * the end of the file. Blanks are blanks, not U+2581; 0 is {@code <unk>}, 1 and 2 are {@code <s>} and {@code </s>} between
 * line feeds, and single bytes are pieces such as {@code <0x0A>}.
 *
 * @param pieces by id
 * @param scores by id; the pair of pieces whose union has the highest is merged first
 * @param longest piece in bytes of UTF-8
 */
public record Llama2cTokenizer(List<String> pieces, List<Float> scores, int longest) {
    /** The tokens that steer the model, as others spell them; here they stand between line feeds. */
    private static final List<String> CONTROL = List.of("<unk>", "<s>", "</s>");
    private static final int BEGIN = 1;
    private static final int END = 2;
    private static final int LARGEST_VOCABULARY = 1 << 22;
    private static final int LONGEST_PIECE = 1 << 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Takes copies. */
    public Llama2cTokenizer {
        pieces = List.copyOf(pieces);
        scores = List.copyOf(scores);
    }

    /**
     * Reads a tokenizer.
     *
     * @param vocabulary how many pieces its model has; the file does not say
     * @throws ModelFormatException if it has not so many, or is damaged
     */
    public static Llama2cTokenizer read(Path path, int vocabulary) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            return read(file.name(), file.bytes(), vocabulary);
        }
    }

    /**
     * The tokenizer in the folder of a checkpoint, {@code tokenizer.bin}; empty if there is none.
     *
     * @throws ModelFormatException if there is one, and it is not sound or of another model
     */
    public static Optional<Tokenizer> beside(Path checkpoint, int vocabulary) throws IOException {
        Path file = checkpoint.resolveSibling("tokenizer.bin");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Llama2cTokenizer tokenizer = read(file, vocabulary);
        try {
            return Optional.of(tokenizer.tokenizer());
        } catch (MetadataException e) {
            throw new ModelFormatException(file.toString(), -1, e.key(), e.expected(), e.found());
        }
    }

    /**
     * The tokenizer, which encodes as run.c does: a space before the text, {@code <s>} before that.
     *
     * @throws MetadataException if the pieces contradict themselves
     */
    public Tokenizer tokenizer() {
        String[] texts = new String[pieces.size()];
        float[] numbers = new float[texts.length];
        for (int id = 0; id < texts.length; id++) {
            texts[id] = pieces.get(id);
            numbers[id] = scores.get(id);
        }
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < Math.min(CONTROL.size(), texts.length); id++) {
            added.add(AddedToken.special(id, CONTROL.get(id)));
            texts[id] = "";
        }
        boolean bytes = pieces.contains("<0x00>");
        int begin = texts.length > BEGIN ? BEGIN : -1;
        int end = texts.length > END ? END : -1;
        Template single = begin < 0
                ? Template.PLAIN
                : new Template(new int[]{begin, Template.A}, new int[]{0, 0});
        Template pair = begin < 0
                ? Template.PLAIN_PAIR
                : new Template(new int[]{begin, Template.A, Template.B}, new int[]{0, 0, 1});
        return new Tokenizer(new TokenizerSpec(texts, added, List.of(new Normalizer.Prepend(" ")), List.of(),
                new ScoresModel(numbers, new Fallback(bytes, CONTROL.getFirst(), true)),
                new SentenceDecoder(' ', bytes, SentenceDecoder.Strip.SPACE), single, pair, Offsets.WHOLE,
                new ControlTokens(begin, end,
                        begin < 0 ? new int[0] : end < 0 ? new int[]{begin} : new int[]{begin, end})));
    }

    static Llama2cTokenizer read(String file, MemorySegment bytes, int vocabulary) {
        long most = Math.min(LARGEST_VOCABULARY, Math.max(0, bytes.byteSize() - 4) / 8);
        require(file, vocabulary >= 1 && vocabulary <= most, 0, "number of pieces",
                vocabulary + ", as the model has", "at most " + most + ", by the size of the file");
        int longest = bytes.get(INT, 0);
        require(file, longest >= 1 && longest <= LONGEST_PIECE, 0, "longest piece", "1 to " + LONGEST_PIECE,
                Integer.toString(longest));
        List<String> pieces = new ArrayList<>(vocabulary);
        List<Float> scores = new ArrayList<>(vocabulary);
        long at = 4;
        for (int i = 0; i < vocabulary; i++) {
            String field = "piece " + i;
            require(file, bytes.byteSize() - at >= 8, at, field, "a score and a length", "the end of the file");
            float score = Float.intBitsToFloat(bytes.get(INT, at));
            require(file, Float.isFinite(score), at, field + ", score", "a finite number", Float.toString(score));
            int length = bytes.get(INT, at + 4);
            long room = Math.min(longest, bytes.byteSize() - at - 8);
            require(file, length >= 0 && length <= room, at + 4, field + ", length", "0 to " + room,
                    Integer.toString(length));
            scores.add(score);
            pieces.add(text(file, bytes, at + 8, length));
            at += 8 + length;
        }
        require(file, at == bytes.byteSize(), at, "end of the last piece", "the end of the file",
                bytes.byteSize() - at + " more bytes");
        return new Llama2cTokenizer(pieces, scores, longest);
    }

    private static String text(String file, MemorySegment bytes, long at, int length) {
        byte[] text = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file, at, "piece", "UTF-8", "other bytes");
        }
    }

    private static void require(String file, boolean sound, long at, String field, String expected, String found) {
        if (!sound) {
            throw new ModelFormatException(file, at, field, expected, found);
        }
    }
}
