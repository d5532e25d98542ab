package dev.lanewise.tools.convert.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.error.ModelFormatException;
import dev.lanewise.spec.Activation;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.HeadSpec;
import dev.lanewise.spec.HeadSpec.Scores;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.SpecLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The heads of encoders that transformers publishes, as a table: of each architecture, under which names its tensors are, and
 * which words it is.
 */
final class EncoderHeads {
    private static final Map<String, Head> ALL = new TreeMap<>();

    /** What a head predicts. */
    private enum Of {
        /** Labels of a text. */
        TEXT,
        /** Labels of every token. */
        TOKENS,
        /** Every token itself. */
        VOCABULARY
    }

    static {
        String bert = "head.dense.0 ~pooler.dense \n head.output classifier";
        String roberta = "head.dense.0 classifier.dense \n head.output classifier.out_proj";
        String lm = "head.dense.0 lm_head.dense \n head.dense.0.norm lm_head.layer_norm \n head.output lm_head|lm_head.decoder";
        add("Bert", Of.TEXT, bert, "tanh");
        add("Bert", Of.VOCABULARY, "head.dense.0 cls.predictions.transform.dense \n"
                + "head.dense.0.norm cls.predictions.transform.LayerNorm \n"
                + "head.output cls.predictions|cls.predictions.decoder", "");
        add("Albert", Of.TEXT, "head.dense.0 ~pooler \n head.output classifier", "tanh");
        add("Albert", Of.VOCABULARY, "head.dense.0 predictions.dense \n head.dense.0.norm predictions.LayerNorm \n"
                + "head.output predictions|predictions.decoder", "");
        add("NomicBert", Of.TEXT, bert, "tanh");
        add("NomicBert", Of.VOCABULARY, "head.dense.0 cls.predictions.transform.dense \n"
                + "head.dense.0.norm cls.predictions.transform.layer_norm \n"
                + "head.output cls.predictions|cls.predictions.decoder", "");
        add("Electra", Of.TEXT, roberta, "gelu");
        add("Electra", Of.VOCABULARY, "head.dense.0 generator_predictions.dense \n"
                + "head.dense.0.norm generator_predictions.LayerNorm \n head.output generator_lm_head", "gelu");
        add("DistilBert", Of.TEXT, "head.dense.0 pre_classifier \n head.output classifier", "relu");
        add("DistilBert", Of.VOCABULARY, "head.dense.0 vocab_transform \n head.dense.0.norm vocab_layer_norm \n"
                + "head.output vocab_projector", "");
        for (String family : List.of("Roberta", "XLMRoberta", "Camembert", "MPNet")) {
            add(family, Of.TEXT, roberta, "tanh");
            add(family, Of.VOCABULARY, lm, "gelu");
        }
        String modern = "head.dense.0 head.dense \n head.dense.0.norm head.norm \n head.output ";
        add("ModernBert", Of.TEXT, modern + "classifier", "");
        add("ModernBert", Of.TOKENS, modern + "classifier", "");
        add("ModernBert", Of.VOCABULARY, modern + "decoder", "");
        for (String family : List.of("Bert", "Albert", "Electra", "DistilBert", "Roberta", "XLMRoberta", "Camembert",
                "MPNet", "NomicBert")) {
            add(family, Of.TOKENS, "head.output classifier", null);
        }
    }

    private EncoderHeads() {}

    /**
     * A head.
     *
     * @param names of its tensors, as in {@link dev.lanewise.tools.convert.family.TensorNames}
     * @param activation behind its first map, empty where the configuration says it; null where there is no such map
     */
    record Head(Of of, String names, String activation) {
        /** Its names where the table of tokens is its matrix, or where it has one of its own, with a bias beside that. */
        String names(boolean tied) {
            return tied ? names : names.replaceAll("(\\S+)\\|(\\S+)", "$2|$1");
        }

        /** Whether any of its tensors is there; those with a family's prefix may be without it. */
        boolean isIn(Set<String> tensors) {
            return names.lines().map(line -> line.strip().split("\\s+")[1]).filter(name -> !name.startsWith("~"))
                    .flatMap(name -> Stream.of(name.split("\\|")))
                    .anyMatch(name -> tensors.stream().anyMatch(tensor -> tensor.startsWith(name + ".")));
        }

        /** The weights of the last map, without the prefix of a family. */
        String output() {
            String line = names.substring(names.indexOf("head.output"));
            return line.strip().split("\\s+")[1];
        }

        /**
         * Its words.
         *
         * @param outputs as many as its weights have
         */
        HeadSpec spec(ConfigReader in, TransformerSpec encoder, int outputs) {
            boolean modern = in.has("norm_eps");
            boolean vocabulary = of == Of.VOCABULARY;
            int width = vocabulary
                    ? encoder.embedding().width(encoder.stack().width())
                    : encoder.stack().width();
            NormSpec norm = encoder.embedding().norm();
            List<DenseSpec> dense = activation == null
                    ? List.of()
                    : List.of(new DenseSpec(width, !modern || in.flag("classifier_bias"), activation(in, modern),
                            vocabulary || modern ? norm : null));
            if (vocabulary) {
                boolean tied = !in.has("tie_word_embeddings") || in.flag("tie_word_embeddings");
                boolean bias = !modern || !in.has("decoder_bias") || in.flag("decoder_bias");
                return new HeadSpec(null, dense, encoder.embedding().vocabulary(), bias, tied, Scores.SOFTMAX,
                        List.of(), 0);
            }
            return new HeadSpec(of == Of.TOKENS ? null : pooling(in, modern), dense, outputs, true, false,
                    scores(in, outputs), labels(in, outputs), 0);
        }

        private Activation activation(ConfigReader in, boolean modern) {
            if (!activation.isEmpty()) {
                return in.activation(activation, activation);
            }
            return modern && in.text("classifier_activation") == null
                    ? Activation.GELU
                    : modern
                            ? in.activation("classifier_activation")
                            : in.activation(in.has("hidden_act") ? "hidden_act" : "activation");
        }
    }

    private static PoolingSpec.Kind pooling(ConfigReader in, boolean modern) {
        String word = modern ? in.text("classifier_pooling") : null;
        return switch (word == null ? "cls" : word) {
            case "cls" -> PoolingSpec.Kind.CLS;
            case "mean" -> PoolingSpec.Kind.MEAN;
            default -> throw in.failure("classifier_pooling", "cls or mean", Json.quoted(word));
        };
    }

    private static Scores scores(ConfigReader in, int outputs) {
        String problem = in.text("problem_type");
        if (outputs == 1 && "single_label_classification".equals(problem)) {
            // The only label of one would be certain, whatever the text; transformers refuses it, too.
            throw in.failure("problem_type", "multi_label_classification or regression for a head of one output",
                    problem);
        }
        return switch (problem == null ? "" : problem) {
            case "" -> outputs == 1 ? Scores.SIGMOID : Scores.SOFTMAX;
            case "single_label_classification" -> Scores.SOFTMAX;
            case "multi_label_classification" -> Scores.SIGMOID;
            case "regression" -> Scores.NONE;
            default -> throw in.failure("problem_type", "single_label_classification, multi_label_classification"
                    + " or regression", Json.quoted(problem));
        };
    }

    /** By their numbers; none where the configuration names none. */
    private static List<String> labels(ConfigReader in, int outputs) {
        JsonNode named = in.node("id2label");
        if (named == null) {
            return List.of();
        }
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            JsonNode label = named.get(Integer.toString(i));
            if (label == null || !label.isTextual()) {
                throw in.failure("id2label", "a name for label " + i + " of " + outputs,
                        label == null ? "none" : Json.kind(label));
            }
            labels.add(label.asText());
        }
        if (named.size() != outputs) {
            throw in.failure("id2label", outputs + " labels, as many as the head's weights have outputs",
                    Integer.toString(named.size()));
        }
        return labels;
    }

    private static void add(String family, Of of, String names, String activation) {
        String suffix = switch (of) {
            case TEXT -> "ForSequenceClassification";
            case TOKENS -> "ForTokenClassification";
            case VOCABULARY -> "ForMaskedLM";
        };
        ALL.put(family + suffix, new Head(of, names, activation));
    }

    /**
     * The head that a configuration names.
     *
     * @return null where it names none that is known
     * @throws ModelFormatException if {@code architectures} is no list
     */
    static Head of(String file, JsonNode config) {
        JsonNode architectures = config.path("architectures");
        if (!architectures.isMissingNode() && !architectures.isNull() && !architectures.isArray()) {
            throw new ModelFormatException(file, -1, "architectures", "a list of names", Json.kind(architectures));
        }
        for (JsonNode architecture : architectures) {
            if (ALL.containsKey(architecture.asText())) {
                return ALL.get(architecture.asText());
            }
        }
        return null;
    }

    /** How many outputs weights of a shape have. */
    static int outputs(List<Long> shape, String file, String name) {
        if (shape.size() != 2 || shape.getFirst() < 1 || shape.getFirst() > SpecLimits.VOCABULARY) {
            throw new ModelFormatException(file, -1, "tensor " + name + ", shape", "[labels, width]",
                    shape.toString());
        }
        return Math.toIntExact(shape.getFirst());
    }
}
