package dev.lanewise.tools.convert.huggingface;

import java.util.List;
import java.util.Map;

/** Under which names BERT's checkpoints keep the tensors of the specification. */
public final class BertNames {
    private static final String LAYERS = "encoder.layers.";
    private static final Map<String, String> TABLES = Map.of("embedding.token", "embeddings.word_embeddings",
            "embedding.position", "embeddings.position_embeddings", "embedding.token_type",
            "embeddings.token_type_embeddings", "embedding.norm", "embeddings.LayerNorm");
    private static final Map<String, String> LAYER = Map.of("attention.query", "attention.self.query", "attention.key",
            "attention.self.key", "attention.value", "attention.self.value", "attention.output",
            "attention.output.dense", "attention.norm", "attention.output.LayerNorm", "feed_forward.up",
            "intermediate.dense", "feed_forward.down", "output.dense", "feed_forward.norm", "output.LayerNorm");

    private BertNames() {}

    /**
     * The names that a tensor may have, without the prefix of the model.
     *
     * @param name the tensor's name in the specification
     * @return today's name; of a norm also the one that the first checkpoints use
     */
    public static List<String> of(String name) {
        int dot = name.lastIndexOf('.');
        String module = name.substring(0, dot);
        String kind = name.substring(dot + 1);
        String foreign = TABLES.get(module);
        if (module.startsWith(LAYERS)) {
            int end = module.indexOf('.', LAYERS.length());
            foreign = "encoder.layer." + module.substring(LAYERS.length(), end) + "."
                    + LAYER.get(module.substring(end + 1));
        }
        String today = foreign + "." + kind;
        return module.endsWith("norm")
                ? List.of(today, foreign + (kind.equals("weight") ? ".gamma" : ".beta"))
                : List.of(today);
    }
}
