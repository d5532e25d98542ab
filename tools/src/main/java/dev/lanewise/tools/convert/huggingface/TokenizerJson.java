package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata.MetadataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Reads {@code tokenizer.json}, in which Hugging Face's {@code tokenizers} stores a tokenizer. What changes the result and is
 * not supported is refused by name.
 *
 * <p>The sections {@code truncation} and {@code padding} are not applied, on purpose: they are settings of whoever saved the
 * file last, often shorter than what the model takes. The model's own limit counts, and nothing is padded.
 */
public final class TokenizerJson {
    private static final int MOST_IDS = 1 << 21;
    private static final int MOST_TYPES = 1 << 16;

    private TokenizerJson() {}

    /**
     * Reads a file.
     *
     * @throws ModelFormatException if it is not what it must be
     * @throws UnsupportedModelException if it asks for something that this release cannot do
     */
    public static Tokenizer read(Path file) throws IOException {
        return parse(file.toString(), StrictJson.bytes(file));
    }

    /**
     * Reads the content of a file.
     *
     * @param file the name that failures give
     * @param bytes its content
     * @throws ModelFormatException if it is not what it must be
     * @throws UnsupportedModelException if it asks for something that this release cannot do
     */
    public static Tokenizer parse(String file, byte[] bytes) {
        StrictJson json = StrictJson.parse(file, bytes);
        json.only("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
                "decoder", "model");
        if (!json.text("version").equals("1.0")) {
            throw unsupported(json, "version", "'" + StrictJson.shortened(json.text("version")) + "'", "1.0");
        }
        StrictJson model = model(json);
        String continuation = model.text("continuing_subword_prefix");
        component(json, "pre_tokenizer", "BertPreTokenizer").only("type");
        StrictJson decoder = component(json, "decoder", "WordPiece");
        decoder.only("type", "prefix", "cleanup");
        if (!decoder.text("prefix").equals(continuation)) {
            throw unsupported(json, "decoder", "one with a prefix that the model does not have",
                    "'" + StrictJson.shortened(continuation) + "'");
        }
        Template[] templates = templates(json);
        return tokenizer(file, () -> TokenizerSpec.wordPiece(vocabulary(model.object("vocab")), model.text("unk_token"),
                continuation, model.integer("max_input_chars_per_word", 0, Integer.MAX_VALUE), normalizer(json),
                json.objects("added_tokens").stream().map(TokenizerJson::addedToken).toList(), templates[0],
                templates[1], decoder.bool("cleanup")));
    }

    /** Makes a tokenizer of what a file says, and lays contradictions at the file's door. */
    static Tokenizer tokenizer(String file, Supplier<TokenizerSpec> spec) {
        try {
            return new Tokenizer(spec.get());
        } catch (MetadataException e) {
            throw new ModelFormatException(file, -1, e.key(), e.expected(), e.found());
        }
    }

    /** One entry of {@code added_tokens}. */
    private static AddedToken addedToken(StrictJson token) {
        token.only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        return addedToken(token.integer("id", 0, MOST_IDS - 1), token);
    }

    /** An added token with its flags, but for the id. */
    static AddedToken addedToken(int id, StrictJson token) {
        return new AddedToken(id, token.text("content"), token.bool("single_word"), token.bool("lstrip"),
                token.bool("rstrip"), token.bool("normalized"), token.bool("special"));
    }

    private static StrictJson model(StrictJson json) {
        StrictJson model = json.object("model");
        // Files of 2021 leave out the type; these keys together mean WordPiece and nothing else.
        if (model.has("type") || !model.has("max_input_chars_per_word") || !model.has("continuing_subword_prefix")) {
            model = component(json, "model", "WordPiece");
        }
        model.only("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        return model;
    }

    private static String[] vocabulary(StrictJson vocab) {
        List<String> pieces = vocab.keys();
        int[] ids = pieces.stream().mapToInt(piece -> vocab.integer(piece, 0, MOST_IDS - 1)).toArray();
        String[] vocabulary = new String[Arrays.stream(ids).max().orElse(-1) + 1];
        Arrays.fill(vocabulary, "");
        for (int i = 0; i < ids.length; i++) {
            if (!vocabulary[ids[i]].isEmpty()) {
                throw vocab.bad(StrictJson.shortened(pieces.get(i)), "an id that no other piece has",
                        ids[i] + ", which is '" + StrictJson.shortened(vocabulary[ids[i]]) + "'");
            }
            vocabulary[ids[i]] = pieces.get(i);
        }
        return vocabulary;
    }

    private static BertNormalizer normalizer(StrictJson json) {
        if (!json.has("normalizer")) {
            return new BertNormalizer(false, false, false, false);
        }
        StrictJson normalizer = component(json, "normalizer", "BertNormalizer");
        normalizer.only("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        boolean lowercase = normalizer.bool("lowercase");
        // Accents go where case goes, unless the file says otherwise.
        return new BertNormalizer(normalizer.bool("clean_text"), normalizer.bool("handle_chinese_chars"),
                normalizer.bool("strip_accents", lowercase), lowercase);
    }

    /** For one text and for two. */
    private static Template[] templates(StrictJson json) {
        if (!json.has("post_processor")) {
            return new Template[]{Template.PLAIN, Template.PLAIN_PAIR};
        }
        StrictJson processor = component(json, "post_processor", "TemplateProcessing", "BertProcessing");
        if (processor.text("type").equals("BertProcessing")) {
            processor.only("type", "sep", "cls");
            return bertTemplates(processor.integerOfPair("cls", MOST_IDS - 1),
                    processor.integerOfPair("sep", MOST_IDS - 1));
        }
        processor.only("type", "single", "pair", "special_tokens");
        StrictJson tokens = processor.object("special_tokens");
        return new Template[]{template(processor.objects("single"), tokens),
                template(processor.objects("pair"), tokens)};
    }

    /** {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}, the last two of type 1. */
    static Template[] bertTemplates(int cls, int sep) {
        return new Template[]{new Template(new int[]{cls, Template.A, sep}, new int[]{0, 0, 0}),
                new Template(new int[]{cls, Template.A, sep, Template.B, sep}, new int[]{0, 0, 0, 1, 1})};
    }

    private static Template template(List<StrictJson> parts, StrictJson tokens) {
        IntStream.Builder ids = IntStream.builder();
        IntStream.Builder typeIds = IntStream.builder();
        for (StrictJson part : parts) {
            part.only("Sequence", "SpecialToken");
            boolean text = part.has("Sequence");
            StrictJson value = part.object(text ? "Sequence" : "SpecialToken");
            value.only("id", "type_id");
            String id = value.text("id");
            int typeId = value.integer("type_id", 0, MOST_TYPES);
            int[] partIds;
            if (!text) {
                partIds = tokens.object(id).integers("ids", 0, MOST_IDS - 1);
            } else if (id.equals("A") || id.equals("B")) {
                partIds = new int[]{id.equals("A") ? Template.A : Template.B};
            } else {
                throw value.bad("id", "A or B", "'" + StrictJson.shortened(id) + "'");
            }
            for (int partId : partIds) {
                ids.add(partId);
                typeIds.add(typeId);
            }
        }
        return new Template(ids.build().toArray(), typeIds.build().toArray());
    }

    /** A component that must be of one of some types. */
    private static StrictJson component(StrictJson json, String name, String... types) {
        String supported = String.join(" and ", types);
        if (!json.has(name)) {
            throw unsupported(json, name, "missing", supported);
        }
        StrictJson component = json.object(name);
        if (!component.has("type")) {
            throw unsupported(json, name, "of no type", supported);
        }
        String type = component.text("type");
        if (!Arrays.asList(types).contains(type)) {
            throw unsupported(json, name, "'" + StrictJson.shortened(type) + "'", supported);
        }
        return component;
    }

    private static UnsupportedModelException unsupported(StrictJson json, String name, String found,
            String supported) {
        return new UnsupportedModelException(json.file() + ": the tokenizer's " + name + " is " + found
                + "; supported so far: " + supported);
    }
}
