package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.PositionSpec.Kind;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.ForeignTensor;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.List;
import java.util.Map;

/** From the variables of a model to the words of a specification: sizes are those of the matrices, the rest are attributes. */
final class SpecReader {
    static final String WHISPER = "WhisperSpec";
    /** Kinds of encoder-decoders, and the heads that the first revisions do not say. */
    private static final Map<String, Integer> HEADS = Map.of("", 8, "TransformerBase", 8, "TransformerBig", 16,
            "TransformerSpec", 8);
    private static final int MOST_HEADS = 4096;
    private static final int MOST_LAYERS = 1000;
    /** Sines go on without end, and so do biases by distance; longer texts would take minutes. */
    private static final int POSITIONS = 1 << 12;
    private static final double LAYER_EPSILON = 1e-5;
    private static final double RMS_EPSILON = 1e-6;

    private final String file;
    private final String kind;
    private final Attributes in;
    private final double epsilon; // or 0 where the configuration does not say

    SpecReader(String file, String kind, Attributes in, double epsilon) {
        this.file = file;
        this.kind = kind;
        this.in = in;
        this.epsilon = epsilon;
    }

    /**
     * The specification.
     *
     * @throws UnsupportedModelException if there is something that there is no word for
     * @throws ModelFormatException if a variable is missing or contradicts another
     */
    TransformerSpec read() {
        boolean speech = speech();
        if (!speech && !HEADS.containsKey(kind)) {
            throw new UnsupportedModelException(file + ": a CTranslate2 model of the kind "
                    + Json.quoted(kind) + "; supported are encoder-decoders (TransformerSpec) and " + WHISPER);
        }
        for (String name : List.of("decoder/alibi", "encoder/sliding_window", "decoder/sliding_window")) {
            in.neutral(name, 0);
        }
        for (String name : List.of("encoder/embeddings_merge", "decoder/alibi_use_positive_positions",
                "decoder/scale_alibi", "decoder/alignment_layer", "decoder/alignment_heads",
                "encoder/multi_query_attention", "decoder/multi_query_attention", "encoder/alignment_layer",
                "encoder/alignment_heads", "decoder/embeddings_merge")) {
            in.number(name, 0); // of one embedding, of no alibi, of no search; or said by the shapes
        }
        ForeignTensor table = matrix("decoder/embeddings/weight");
        int width = Math.toIntExact(Math.min(table.shape().get(1), Integer.MAX_VALUE));
        int targets = rows(table);
        boolean tied = !zeroStart() && in.get("decoder/projection/weight") == in.get("decoder/embeddings/weight");
        OutputSpec output = new OutputSpec(tied, in.has("decoder/projection/bias"),
                in.number("decoder/scale_outputs", 1), in.number("decoder/final_logit_softcapping", 0));
        EmbeddingSpec embedding = new EmbeddingSpec(targets, 0, scale("decoder", width), norm("decoder"));
        StackSpec decoder = stack("decoder", width, true);
        PositionSpec position = position("decoder", decoder);
        StackSpec encoder = stack("encoder", width, false);
        SourceSpec source;
        if (speech) {
            ForeignTensor first = in.get("encoder/conv1/weight");
            if (first.shape().size() != 3) {
                throw bad(first, "three dimensions");
            }
            source = new SourceSpec(null, false, position("encoder", encoder), encoder,
                    new StemSpec(Math.toIntExact(Math.min(first.shape().get(1), SpecLimits.WIDTH)), 2, 2,
                            Activation.GELU));
        } else {
            ForeignTensor sources = matrix(SpecTensors.sourceTable(in));
            source = new SourceSpec(new EmbeddingSpec(rows(sources), 0, scale("encoder", width), norm("encoder")),
                    !zeroStart() && sources == table, position("encoder", encoder), encoder, null);
        }
        return SpecLimits.check(file,
                TransformerSpec.encoderDecoder(speech ? "whisper" : "transformer", source, embedding, position,
                        decoder, output));
    }

    private boolean speech() {
        return kind.equals(WHISPER);
    }

    /** Whether the decoder begins with zeros in place of the embedding of its first token. */
    boolean zeroStart() {
        return in.flag("decoder/start_from_zero_embedding", false);
    }

    private StackSpec stack(String side, int width, boolean decoder) {
        int layers = 0;
        while (layers < MOST_LAYERS && in.has(side + "/layer_" + layers + "/ffn/linear_0/weight")) {
            layers++;
        }
        if (layers == 0) {
            throw new ModelFormatException(file, -1, side, "one layer or more", "none");
        }
        String first = side + "/layer_0/";
        boolean before = in.flag(side + "/pre_norm", true);
        boolean end = in.has(side + "/layer_norm/gamma");
        int heads = in.integer(side + "/num_heads", 1, MOST_HEADS, HEADS.getOrDefault(kind, 8));
        boolean gated = in.has(first + "ffn/linear_0_noact/weight");
        FeedForwardSpec feedForward = new FeedForwardSpec(rows(matrix(first + "ffn/linear_0/weight")),
                speech() && !decoder ? Activation.GELU : activation(side), gated, in.has(first + "ffn/linear_0/bias"),
                null);
        AttentionSpec self = attention(first + "self_attention", width, heads, 0, decoder, layers);
        return new StackSpec(layers, width, before ? NormPlacement.PRE : NormPlacement.POST,
                normSpec(first + "ffn/layer_norm"), List.of(self), List.of(0),
                decoder ? attention(first + "attention", width, heads, 1, true, layers) : null, feedForward, 1, end);
    }

    /** @param fused the map that keys and values share: of a text itself, with the queries */
    private AttentionSpec attention(String name, int width, int heads, int fused, boolean decoder, int layers) {
        int size = in.integer(name + "/head_dim", 1, SpecLimits.WIDTH, Math.max(1, width / heads));
        int rows = rows(matrix(name + "/linear_" + fused + "/weight")) - (fused == 0 ? heads * size : 0);
        int keyValueHeads = in.integer(name + "/num_heads_kv", 1, MOST_HEADS, Math.max(1, rows / (2 * size)));
        if (rows != 2 * keyValueHeads * size) {
            throw bad(in.get(name + "/linear_" + fused + "/weight"),
                    "as many rows as " + heads + " heads of queries and "
                            + keyValueHeads + " of keys and values of " + size + " have");
        }
        for (String other : List.of("relative_position_keys", "relative_position_values", "rotary_dim", "q_norm/gamma",
                "k_norm/gamma", "v_norm/gamma", "relative_asymmetric_position_keys", "memory_kv/weight")) {
            if (in.has(name + "/" + other)) {
                throw new UnsupportedModelException(file + ": attention with " + other
                        + " is not supported in an encoder-decoder of CTranslate2");
            }
        }
        for (String attribute : List.of("head_dim", "num_heads_kv", "queries_scale",
                "relative_attention_max_distance")) {
            for (int i = 1; i < layers; i++) {
                String other = name.replace("/layer_0/", "/layer_" + i + "/") + "/" + attribute;
                if (in.number(other, 0) != in.number(name + "/" + attribute, 0)) {
                    throw new UnsupportedModelException(
                            file + ": " + other + " is another than in the first layer, which is not supported");
                }
            }
        }
        RelativeBiasSpec relative = null;
        if (in.has(name + "/relative_attention_bias")) {
            relative = new RelativeBiasSpec(rows(matrix(name + "/relative_attention_bias")),
                    in.integer(name + "/relative_attention_max_distance", 1, 1 << 24, 128), !decoder,
                    shared(name + "/relative_attention_bias", layers));
        }
        return new AttentionSpec(heads, keyValueHeads, size,
                in.number(name + "/queries_scale", (float) (1 / Math.sqrt(size))), 0, 0,
                in.has(name + "/linear_" + fused + "/bias"), in.has(name + "/linear_" + (fused + 1) + "/bias"), null,
                null, 0, relative);
    }

    /** Whether all layers have one table. */
    private boolean shared(String name, int layers) {
        for (int i = 1; i < layers; i++) {
            String other = name.replace("/layer_0/", "/layer_" + i + "/");
            if (in.has(other) && in.get(other) != in.get(name)) {
                return false;
            }
        }
        return true;
    }

    private PositionSpec position(String side, StackSpec stack) {
        String table = side + "/position_encodings/encodings";
        if (stack.attention().relative() != null) {
            return new PositionSpec(Kind.NONE, POSITIONS, 0);
        }
        return in.has(table)
                ? new PositionSpec(Kind.LEARNED, rows(matrix(table)), 0)
                : new PositionSpec(Kind.SINUSOIDAL_HALVES, POSITIONS, 1, true);
    }

    /** A flag, or the scale itself. */
    private double scale(String side, int width) {
        String name = side + "/scale_embeddings";
        if (!in.has(name)) {
            name = side + "/embeddings/multiply_by_sqrt_depth";
        }
        ForeignTensor stated = in.find(name);
        double value = in.number(name, 1);
        boolean flag = stated == null || stated.type().bits() == 8;
        return flag ? value != 0 ? (float) Math.sqrt(width) : 1 : value;
    }

    private Activation activation(String side) {
        int number = in.integer(side + "/activation", 0, 100, 0);
        return switch (number) {
            case 0 -> Activation.RELU;
            case 1 -> Activation.GELU_TANH;
            case 2 -> Activation.SILU;
            case 3 -> Activation.GELU;
            default -> throw new UnsupportedModelException(file + ": " + side + "/activation is " + number
                    + "; supported are 0 to 3 (ReLU, GELU by tanh, SiLU, GELU)");
        };
    }

    private NormSpec norm(String side) {
        return in.has(side + "/layernorm_embedding/gamma") ? normSpec(side + "/layernorm_embedding") : null;
    }

    private NormSpec normSpec(String name) {
        boolean layer = in.has(name + "/beta");
        return new NormSpec(layer ? NormSpec.Kind.LAYER : NormSpec.Kind.RMS,
                epsilon > 0 ? epsilon : layer ? LAYER_EPSILON : RMS_EPSILON);
    }

    private ForeignTensor matrix(String name) {
        ForeignTensor tensor = in.get(name);
        if (tensor.shape().size() != 2) {
            throw bad(tensor, "two dimensions");
        }
        return tensor;
    }

    private int rows(ForeignTensor tensor) {
        long rows = tensor.shape().getFirst();
        if (rows < 1 || rows > SpecLimits.VOCABULARY) {
            throw bad(tensor, "1 to " + SpecLimits.VOCABULARY + " rows");
        }
        return (int) rows;
    }

    private ModelFormatException bad(ForeignTensor tensor, String expected) {
        return new ModelFormatException(file, tensor.offset(), "variable " + tensor.name() + ", shape", expected,
                tensor.shape().toString());
    }
}
