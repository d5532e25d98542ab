package dev.lanewise.tokenizer;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Text to ids and back, as the model was trained. Immutable and thread-safe; what a call works in belongs to its
 * {@link Tokens}. Ids and offsets are those of Hugging Face's {@code tokenizers}.
 *
 * <p>Time is linear in the text, or n log n where neighbours are merged; memory some dozen bytes for each of its characters.
 * Any text will do: half surrogate pairs count as U+FFFD.
 */
public final class Tokenizer {
    /** The longest text, in {@code char}s; its normalised form, up to three times as long, must fit into an array. */
    static final int LONGEST_TEXT = 1 << 28;

    private final TokenizerSpec spec;
    private final Vocabulary vocabulary;
    private final Normalizer[] normalizers;
    private final PreTokenizer[] preTokenizers;
    private final TokenModel model;
    private final AddedTokenSet addedPlain;
    private final AddedTokenSet addedNormalized;
    /**
     * A tokenizer of given data; takes a few milliseconds and a few megabytes for a vocabulary of 30,000 pieces.
     *
     * @throws MetadataException if the data contradict themselves; it names the key that they are stored under
     */
    public Tokenizer(TokenizerSpec spec) {
        this.spec = spec;
        vocabulary = new Vocabulary(spec.vocabulary(), spec.added());
        normalizers = spec.normalizers().toArray(new Normalizer[0]);
        preTokenizers = spec.preTokenizers().toArray(new PreTokenizer[0]);
        model = PieceModel.make(spec.model(), vocabulary);
        spec.control().check(vocabulary);
        spec.single().check("template.single", false, vocabulary);
        spec.pair().check("template.pair", true, vocabulary);
        addedPlain = addedTokens(false);
        addedNormalized = addedTokens(true);
    }

    /**
     * Reads a tokenizer from a file's metadata.
     *
     * @param in a reader of the keys that begin with {@value TokenizerSpec#PREFIX}
     * @throws MetadataException if a value is missing, wrong, contradicts another, or is not known to this release
     */
    public static Tokenizer read(Metadata.Reader in) {
        return new Tokenizer(TokenizerReader.read(in));
    }

    /** The highest id and one: the model must have an embedding for each of so many ids. */
    public int size() {
        return vocabulary.size();
    }

    /**
     * The text of an id, as the vocabulary spells it.
     *
     * @return null if the vocabulary leaves the id out
     * @throws IllegalArgumentException if the id is not from 0 to {@link #size()} - 1
     */
    public String piece(int id) {
        if (id < 0 || id >= size()) {
            throw new IllegalArgumentException("there is no token " + id + "; ids are 0 to " + (size() - 1));
        }
        return vocabulary.piece(id);
    }

    /** The id of a piece or an added token, or -1 if there is none of that spelling. */
    public int id(String piece) {
        return vocabulary.id(piece);
    }

    /** Whether an id is a special token: one that steers the model and is no text. */
    public boolean isSpecial(int id) {
        return piece(id) != null && vocabulary.isSpecial(id);
    }

    /** The tokens of a text, in a new object. */
    public Tokens encode(CharSequence text, EncodeOptions options) {
        Tokens out = new Tokens();
        encode(text, options, out);
        return out;
    }

    /**
     * The tokens of a text. Allocates nothing once {@code out} has met a text of this length, normal forms of
     * Unicode aside.
     *
     * @param text the text; must not change meanwhile
     * @param options what is added and parsed
     * @param out the result; what it held is gone
     * @throws IllegalArgumentException if the text has more than 268,435,456 {@code char}s
     */
    public void encode(CharSequence text, EncodeOptions options, Tokens out) {
        encode(spec.single(), text, "", options, out);
    }

    /**
     * The tokens of a pair of texts, such as a question and what may answer it. Otherwise as
     * {@link #encode(CharSequence, EncodeOptions, Tokens)}.
     *
     * @throws IllegalArgumentException if a text has more than 268,435,456 {@code char}s
     */
    public void encode(CharSequence first, CharSequence second, EncodeOptions options, Tokens out) {
        encode(spec.pair(), first, second, options, out);
    }

    private void encode(Template template, CharSequence first, CharSequence second, EncodeOptions options,
            Tokens out) {
        int longest = Math.max(first.length(), second.length());
        if (longest > LONGEST_TEXT) {
            throw new IllegalArgumentException(
                    "the text has " + longest + " characters, at most " + LONGEST_TEXT + " can be encoded");
        }
        out.begin();
        out.parseSpecial = options.parseSpecial();
        int[] ids = template.ids();
        int[] typeIds = template.typeIds();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                int before = out.size();
                out.load(ids[i] == Template.A ? first : second);
                text(typeIds[i], options.parseSpecial(), out);
                trim(before, out);
                out.part(ids[i] == Template.A ? 0 : 1, before);
            } else if (options.addTemplate()) {
                out.add(ids[i], typeIds[i], 0, 0);
            }
        }
        out.finish();
    }

    /**
     * The text of ids, as near to the original as they allow. Ids that the vocabulary leaves out give nothing.
     *
     * @param ids the ids
     * @param skipSpecial whether special tokens are left out
     * @throws IllegalArgumentException if an id is not from 0 to {@link #size()} - 1
     */
    public String decode(int[] ids, boolean skipSpecial) {
        StreamDecoder stream = new StreamDecoder(this, skipSpecial);
        for (int id : ids) {
            stream.append(id);
        }
        return stream.finish();
    }

    /** The tokens by which texts begin and end. */
    public ControlTokens control() {
        return spec.control();
    }

    /** The same tokenizer with other tokens by which texts begin and end. */
    public Tokenizer withControl(ControlTokens control) {
        return new Tokenizer(spec.withControl(control));
    }

    /** What it is made of. */
    public TokenizerSpec spec() {
        return spec;
    }

    boolean isAdded(int id) {
        return vocabulary.isAdded(id);
    }

    PieceDecoder decoder() {
        return spec.decoder();
    }

    /** The text between the tokens that are found in it as it is. */
    private void text(int typeId, boolean parseSpecial, Tokens out) {
        AddedTokenCursor found = out.inText;
        found.over(addedPlain, out.text, out.textLength, parseSpecial);
        int done = 0;
        while (found.next()) {
            if (done < found.start) {
                part(done, found.start, typeId, parseSpecial, out);
            }
            out.add(found.id, typeId, found.start, found.end);
            done = found.end;
        }
        if (done < out.textLength) {
            part(done, out.textLength, typeId, parseSpecial, out);
        }
    }

    /** Part of the text, normalised, between the tokens that are found in it then. */
    private void part(int from, int to, int typeId, boolean parseSpecial, Tokens out) {
        normalize(from, to, out);
        NormalizedText normalized = out.normalized;
        AddedTokenCursor found = out.inNormalized;
        found.over(addedNormalized, normalized.chars, normalized.length, parseSpecial);
        int done = 0;
        while (found.next()) {
            words(done, found.start, typeId, out);
            out.addNormalized(normalized, found.id, typeId, found.start, found.end);
            done = found.end;
        }
        words(done, normalized.length, typeId, out);
    }

    private void normalize(int from, int to, Tokens out) {
        out.normalized.clear();
        if (normalizers.length == 0) {
            out.normalized.append(out.text, from, to);
        } else {
            normalizers[0].normalize(out.text, from, to, out.normalized, out.marks);
        }
        for (int i = 1; i < normalizers.length; i++) {
            NormalizedText read = out.swapNormalized();
            normalizers[i].normalize(read.chars, 0, read.length, out.normalized, out.marks);
            out.normalized.follow(read);
        }
    }

    private void words(int from, int to, int typeId, Tokens out) {
        if (from == to) {
            return;
        }
        Pieces pieces = out.pieces;
        pieces.begin(out.normalized, from, to);
        for (PreTokenizer step : preTokenizers) {
            step.apply(pieces);
        }
        for (int i = 0; i < pieces.count; i++) {
            model.encode(pieces.text, pieces.starts[i], pieces.ends[i], typeId, out);
        }
    }

    /** Takes the spaces at the ends of tokens out of what they stand for, as the reference does. */
    private void trim(int from, Tokens out) {
        if (spec.offsets() == TokenizerSpec.Offsets.WHOLE) {
            return;
        }
        boolean prefixed = spec.offsets() == TokenizerSpec.Offsets.TRIMMED_BEHIND_PREFIX;
        for (int i = from; i < out.size(); i++) {
            String piece = vocabulary.piece(out.id(i));
            int leading = 0;
            while (leading < piece.length() && isSpace(piece.charAt(leading))) {
                leading++;
            }
            int trailing = 0;
            while (trailing < piece.length() && isSpace(piece.charAt(piece.length() - 1 - trailing))) {
                trailing++;
            }
            int start = out.start(i);
            int end = out.end(i);
            if (prefixed && leading == 1 && (i == from || start == 0)) {
                leading = 0;
            }
            start = Math.min(start + leading, end);
            if (end >= trailing) {
                end = Math.max(end - trailing, start);
            }
            out.move(i, start, end);
        }
    }

    private static boolean isSpace(char c) {
        return c == ByteAlphabet.character(' ') || FrozenUnicode.isWhitespace(c);
    }

    private AddedTokenSet addedTokens(boolean normalized) {
        List<AddedToken> tokens = new ArrayList<>();
        List<String> patterns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (AddedToken token : spec.added()) {
            if (token.normalized() != normalized) {
                continue;
            }
            String pattern = normalized ? normalized(token.content()) : token.content();
            if (pattern.isEmpty() || !seen.add(pattern)) {
                throw TokenizerSpec.bad("added.contents", "tokens that differ, and are not empty, when normalised",
                        Metadata.quoted(token.content()));
            }
            tokens.add(token);
            patterns.add(pattern);
        }
        return new AddedTokenSet(tokens, patterns);
    }

    private String normalized(String text) {
        Tokens scratch = new Tokens();
        scratch.load(text);
        normalize(0, text.length(), scratch);
        return new String(scratch.normalized.chars, 0, scratch.normalized.length);
    }
}
