package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.tools.convert.sentencepiece.SampleCharsmap;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Files {@code tokenizer.json} with a unigram model whose pieces are cut out of texts, with scores drawn by lot. */
final class UnigramJson {
    static final String METASPACE = """
            {"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}""";
    private static final int PIECES = 3_000;
    private static final int LONGEST = 8;

    private UnigramJson() {}

    /**
     * A tokenizer.
     *
     * @param bytes whether it has pieces for bytes
     * @param ties whether scores are few halves, so that many ways to cut a text are equally good; else they are any doubles
     */
    static ObjectNode of(List<String> texts, boolean bytes, boolean ties, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        ObjectNode json = BpeJson.JSON.createObjectNode();
        json.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        Set<String> pieces = new LinkedHashSet<>(List.of("<s>", "<pad>", "</s>", "<unk>"));
        int id = 0;
        for (String token : pieces) {
            added.addObject().put("id", id++).put("content", token).put("single_word", false).put("lstrip", false)
                    .put("rstrip", false).put("normalized", false).put("special", true);
        }
        for (int b = 0; bytes && b < 256; b++) {
            pieces.add(String.format("<0x%02X>", b));
        }
        int special = pieces.size();
        while (pieces.size() < special + PIECES) {
            String text = "\u2581" + texts.get(random.nextInt(texts.size())).replace(' ', '\u2581');
            int count = text.codePointCount(0, text.length());
            int from = random.nextInt(count);
            int length = 1 + random.nextInt(random.nextInt(3) > 0 ? 2 : LONGEST);
            int start = text.offsetByCodePoints(0, from);
            String piece = text.substring(start, text.offsetByCodePoints(start, Math.min(length, count - from)));
            // A third of the characters are no pieces, in whatever text they are.
            if (piece.codePoints().noneMatch(c -> c % 3 == 1 && c != 0x2581 || c == 0)) {
                pieces.add(piece);
            }
        }
        json.putNull("normalizer");
        json.set("pre_tokenizer", BpeJson.JSON.readTree(METASPACE));
        json.set("decoder", BpeJson.JSON.readTree(METASPACE));
        json.set("post_processor", BpeJson.JSON.readTree("""
                {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
                {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
                "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                "special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]},
                "</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}}"""));
        ArrayNode vocab = json.putObject("model").put("type", "Unigram").put("unk_id", 3).put("byte_fallback", bytes)
                .putArray("vocab");
        id = 0;
        for (String piece : pieces) {
            double score = id++ < special ? 0 : ties ? -random.nextInt(1, 20) * 0.5 : -20 * random.nextDouble();
            vocab.addArray().add(piece).add(score);
        }
        return json;
    }

    /** A normalizer with the rules of characters below a limit, and then what published models have. */
    static String normalizer(int limit) {
        return "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Precompiled\",\"precompiled_charsmap\":\""
                + Base64.getEncoder().encodeToString(SampleCharsmap.of(SampleCharsmap.rules(limit)))
                + "\"},{\"type\":\"Strip\",\"strip_left\":false,\"strip_right\":true},{\"type\":\"Replace\","
                + "\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\"\u2581\"}]}";
    }
}
