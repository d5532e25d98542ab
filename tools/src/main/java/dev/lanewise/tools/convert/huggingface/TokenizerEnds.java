package dev.lanewise.tools.convert.huggingface;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.tokenizer.ByteLevelDecoder;
import dev.lanewise.tokenizer.PieceDecoder;
import dev.lanewise.tokenizer.PreTokenizer.Prefix;
import dev.lanewise.tokenizer.SentenceDecoder;
import dev.lanewise.tokenizer.SentenceDecoder.Strip;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.TokenizerSpec.Offsets;
import dev.lanewise.tokenizer.WordPieceDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sections {@code post_processor} and {@code decoder} of a {@code tokenizer.json}.
 *
 * @param single what is put around a text
 * @param pair what is put around a pair of texts
 * @param offsets which part of the text a token stands for that has spaces at its ends
 */
record TokenizerEnds(Template single, Template pair, Offsets offsets) {
    private static final int MOST_IDS = 1 << 21;
    private static final int MOST_TYPES = 1 << 16;
    /** U+FFFF, which is no character, and continues no word. */
    private static final String IN_NO_PIECE = "\uFFFF";

    /** What the section {@code post_processor} says; nothing is added if it is missing. */
    static TokenizerEnds of(StrictJson json) {
        TokenizerEnds ends = new TokenizerEnds(Template.PLAIN, Template.PLAIN_PAIR, Offsets.WHOLE);
        return json.has("post_processor") ? ends.with(json.object("post_processor")) : ends;
    }

    private TokenizerEnds with(StrictJson processor) {
        String type = processor.text("type");
        switch (type) {
            case "Sequence" -> {
                processor.only("type", "processors");
                TokenizerEnds ends = this;
                for (StrictJson part : processor.objects("processors")) {
                    ends = ends.with(part);
                }
                return ends;
            }
            case "ByteLevel" -> {
                processor.only("type", "add_prefix_space", "trim_offsets", "use_regex");
                return withOffsets(processor);
            }
            case "BertProcessing" -> {
                processor.only("type", "sep", "cls");
                return bert(processor.integerOfPair("cls", MOST_IDS - 1),
                        processor.integerOfPair("sep", MOST_IDS - 1));
            }
            case "RobertaProcessing" -> {
                processor.only("type", "sep", "cls", "trim_offsets", "add_prefix_space");
                int cls = processor.integerOfPair("cls", MOST_IDS - 1);
                int sep = processor.integerOfPair("sep", MOST_IDS - 1);
                return new TokenizerEnds(new Template(new int[]{cls, Template.A, sep}, new int[3]),
                        new Template(new int[]{cls, Template.A, sep, sep, Template.B, sep}, new int[6]), offsets)
                        .withOffsets(processor);
            }
            case "TemplateProcessing" -> {
                processor.only("type", "single", "pair", "special_tokens");
                StrictJson tokens = processor.object("special_tokens");
                return new TokenizerEnds(template(processor.objects("single"), tokens),
                        template(processor.objects("pair"), tokens), offsets);
            }
            default -> throw new UnsupportedModelException(processor.file() + ": the tokenizer's post_processor is '"
                    + StrictJson.shortened(type) + "'; supported so far: TemplateProcessing, BertProcessing, "
                    + "RobertaProcessing, ByteLevel and Sequence");
        }
    }

    private TokenizerEnds withOffsets(StrictJson processor) {
        if (!processor.bool("trim_offsets")) {
            return this;
        }
        return new TokenizerEnds(single, pair,
                processor.bool("add_prefix_space") ? Offsets.TRIMMED_BEHIND_PREFIX : Offsets.TRIMMED);
    }

    /** {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}, the last two of type 1. */
    static TokenizerEnds bert(int cls, int sep) {
        return new TokenizerEnds(new Template(new int[]{cls, Template.A, sep}, new int[]{0, 0, 0}),
                new Template(new int[]{cls, Template.A, sep, Template.B, sep}, new int[]{0, 0, 0, 1, 1}),
                Offsets.WHOLE);
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

    /** What the section {@code decoder} says; without one, pieces are joined by spaces. */
    static PieceDecoder decoder(StrictJson json) {
        if (!json.has("decoder")) {
            return new WordPieceDecoder(IN_NO_PIECE, false);
        }
        StrictJson decoder = json.object("decoder");
        String type = decoder.text("type");
        switch (type) {
            case "WordPiece" -> {
                decoder.only("type", "prefix", "cleanup");
                return new WordPieceDecoder(decoder.text("prefix"), decoder.bool("cleanup"));
            }
            case "ByteLevel" -> {
                decoder.only("type", "add_prefix_space", "trim_offsets", "use_regex");
                return new ByteLevelDecoder();
            }
            case "Metaspace" -> {
                return metaspace(decoder, false);
            }
            case "Sequence" -> {
                decoder.only("type", "decoders");
                return sequence(decoder.objects("decoders"), json);
            }
            default -> throw unsupported(json, "'" + StrictJson.shortened(type) + "'");
        }
    }

    private static SentenceDecoder metaspace(StrictJson decoder, boolean bytes) {
        decoder.only("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep");
        return new SentenceDecoder(character(decoder, "replacement", decoder.text("replacement")), bytes,
                TokenizerSteps.prefix(decoder) == Prefix.NEVER ? Strip.NOTHING : Strip.FIRST_PIECE);
    }

    /** The sequences that files of SentencePiece's kind have: a space for its sign, bytes, the text as one, its first space. */
    private static PieceDecoder sequence(List<StrictJson> parts, StrictJson json) {
        char space = ' ';
        boolean bytes = false;
        boolean fused = false;
        Strip strip = Strip.NOTHING;
        List<String> names = new ArrayList<>();
        for (StrictJson part : parts) {
            String type = part.text("type");
            names.add(type);
            switch (type) {
                case "Replace" -> {
                    part.only("type", "pattern", "content");
                    StrictJson pattern = part.object("pattern");
                    if (fused || space != ' ' || !pattern.has("String") || !part.text("content").equals(" ")) {
                        throw unsupported(json, "a sequence with another Replace than that of one sign by a space");
                    }
                    space = character(pattern, "String", pattern.text("String"));
                }
                case "ByteFallback" -> {
                    part.only("type");
                    bytes = true;
                }
                case "Fuse" -> {
                    part.only("type");
                    fused = true;
                }
                case "Strip" -> {
                    part.only("type", "content", "start", "stop");
                    int start = part.integer("start", 0, Integer.MAX_VALUE);
                    if (!fused || !part.text("content").equals(" ") || start > 1
                            || part.integer("stop", 0, Integer.MAX_VALUE) != 0) {
                        throw unsupported(json,
                                "a sequence with another Strip than that of one space at the beginning");
                    }
                    strip = start == 1 ? Strip.SPACE : Strip.NOTHING;
                }
                case "Metaspace" -> {
                    if (fused || space != ' ' || part != parts.getLast()) {
                        throw unsupported(json, "a sequence of " + String.join(", ", names));
                    }
                    return metaspace(part, bytes);
                }
                case "ByteLevel" -> {
                    if (parts.size() > 1) {
                        throw unsupported(json, "a sequence of " + String.join(", ", names));
                    }
                    return new ByteLevelDecoder();
                }
                default -> throw unsupported(json, "a sequence with '" + StrictJson.shortened(type) + "'");
            }
        }
        return new SentenceDecoder(space, bytes, strip);
    }

    private static char character(StrictJson at, String key, String text) {
        if (text.length() != 1) {
            throw at.bad(key, "one character", "'" + StrictJson.shortened(text) + "'");
        }
        return text.charAt(0);
    }

    private static UnsupportedModelException unsupported(StrictJson json, String found) {
        return new UnsupportedModelException(json.file() + ": the tokenizer's decoder is " + found
                + "; supported so far: WordPiece, ByteLevel, Metaspace, and a Sequence of Replace, ByteFallback, Fuse "
                + "and Strip");
    }
}
