package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.tools.TestModels;
import dev.lanewise.tools.convert.gguf.GgufFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files {@code tokenizer.json} made of the vocabularies that GGUF files carry. */
final class BpeJson {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNKNOWN = 2;

    private BpeJson() {}

    /** Byte-level BPE with the vocabulary of a file, and a pre-tokenizer. */
    static ObjectNode byteLevel(String vocabulary, String preTokenizer) throws IOException {
        Map<String, Object> metadata = metadata(vocabulary);
        String[] tokens = (String[]) metadata.get("tokenizer.ggml.tokens");
        ObjectNode json = frame(metadata, tokens);
        json.set("pre_tokenizer", JSON.readTree(preTokenizer));
        json.set("decoder", JSON.readTree("""
                {"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""));
        ArrayNode merges = ((ObjectNode) json.get("model")).putArray("merges");
        for (String merge : (String[]) metadata.get("tokenizer.ggml.merges")) {
            merges.add(merge);
        }
        return json;
    }

    /** SentencePiece's BPE with the vocabulary of a file, as Hugging Face converts it: a merge for each way to make a piece. */
    static ObjectNode sentence(String vocabulary) throws IOException {
        Map<String, Object> metadata = metadata(vocabulary);
        String[] tokens = (String[]) metadata.get("tokenizer.ggml.tokens");
        double[] scores = (double[]) metadata.get("tokenizer.ggml.scores");
        ObjectNode json = frame(metadata, tokens);
        json.set("normalizer", JSON.readTree("""
                {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
                {"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}"""));
        json.set("decoder", JSON.readTree("""
                {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
                {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""));
        ObjectNode model = (ObjectNode) json.get("model");
        model.put("byte_fallback", true).put("fuse_unk", true).put("unk_token", "<unk>");
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < tokens.length; id++) {
            ids.put(tokens[id], id);
        }
        record Merge(String left, String right, double score) {}
        List<Merge> merges = new ArrayList<>();
        for (int id = 3; id < tokens.length; id++) {
            for (int cut = 1; cut < tokens[id].length(); cut++) {
                String left = tokens[id].substring(0, cut);
                String right = tokens[id].substring(cut);
                if (ids.containsKey(left) && ids.containsKey(right)) {
                    merges.add(new Merge(left, right, scores[id]));
                }
            }
        }
        merges.sort(Comparator.comparingDouble(Merge::score).reversed());
        ArrayNode list = model.putArray("merges");
        merges.forEach(merge -> list.addArray().add(merge.left).add(merge.right));
        return json;
    }

    /** BPE that knows no piece: every stretch of text is one unknown token. */
    static ObjectNode unknown() throws IOException {
        ObjectNode json = frame(Map.of("tokenizer.ggml.token_type", new long[]{UNKNOWN}), new String[]{"<unk>"});
        ObjectNode model = (ObjectNode) json.get("model");
        model.put("unk_token", "<unk>").put("fuse_unk", true).putArray("merges");
        json.set("decoder", JSON.readTree("""
                {"type":"Metaspace","replacement":"\u2581","prepend_scheme":"never","split":false}"""));
        return json;
    }

    static byte[] bytes(JsonNode json) throws IOException {
        return JSON.writeValueAsBytes(json);
    }

    private static ObjectNode frame(Map<String, Object> metadata, String[] tokens) {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0").putNull("truncation").putNull("padding");
        long[] types = (long[]) metadata.get("tokenizer.ggml.token_type");
        ArrayNode added = json.putArray("added_tokens");
        for (int id = 0; id < tokens.length; id++) {
            if (types[id] == CONTROL || types[id] == USER_DEFINED || types[id] == UNKNOWN) {
                added.addObject().put("id", id).put("content", tokens[id]).put("single_word", false)
                        .put("lstrip", false).put("rstrip", false).put("normalized", false)
                        .put("special", types[id] != USER_DEFINED);
            }
        }
        json.putNull("normalizer").putNull("pre_tokenizer").putNull("post_processor").putNull("decoder");
        ObjectNode model = json.putObject("model").put("type", "BPE").putNull("dropout").putNull("unk_token")
                .putNull("continuing_subword_prefix").putNull("end_of_word_suffix").put("fuse_unk", false)
                .put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < tokens.length; id++) {
            vocab.put(tokens[id], id);
        }
        return json;
    }

    private static Map<String, Object> metadata(String vocabulary) throws IOException {
        try (GgufFile file = GgufFile.open(TestModels.shared("llama.cpp-vocab/ggml-vocab-" + vocabulary + ".gguf"))) {
            return file.metadata();
        }
    }
}
