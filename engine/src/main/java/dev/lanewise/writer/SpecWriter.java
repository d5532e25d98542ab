package dev.lanewise.writer;

import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.DenseSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.HeadSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PoolingSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RelativeBiasSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.RotarySpec.Dynamic;
import dev.lanewise.spec.RotarySpec.Factors;
import dev.lanewise.spec.RotarySpec.Linear;
import dev.lanewise.spec.RotarySpec.Llama3;
import dev.lanewise.spec.RotarySpec.Plain;
import dev.lanewise.spec.RotarySpec.Yarn;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.Metadata;
import java.util.List;

/**
 * Writes a specification as metadata: each record the keys that its own {@code read} reads. What readers take where there is
 * nothing is left out, so that a file says no more than the releases that can run it need to know.
 */
public final class SpecWriter {
    private final Metadata.Builder out;

    private SpecWriter(Metadata.Builder out) {
        this.out = out;
    }

    /** Adds what {@link TransformerSpec#read} reads, all keys beginning with {@value TransformerSpec#PREFIX}. */
    public static void write(TransformerSpec spec, Metadata.Builder out) {
        new SpecWriter(out).transformer(spec, TransformerSpec.PREFIX);
    }

    private void transformer(TransformerSpec spec, String prefix) {
        out.put(prefix + "family", spec.family()).put(prefix + "shape", spec.shape());
        embedding(spec.embedding(), prefix + "embedding.");
        position(spec.position(), prefix + "position.");
        stack(spec.stack(), prefix + spec.shape().prefix() + ".");
        if (spec.pooling() != null) {
            pooling(spec.pooling(), prefix + "pooling.");
        }
        if (spec.head() != null) {
            head(spec.head(), prefix + "head.");
        }
        if (spec.output() != null) {
            output(spec.output(), prefix + "output.");
        }
        if (spec.source() != null) {
            source(spec.source(), prefix);
        }
    }

    private void embedding(EmbeddingSpec spec, String prefix) {
        out.put(prefix + "vocabulary", spec.vocabulary()).put(prefix + "token_types", spec.tokenTypes());
        putUnless(prefix + "scale", spec.scale(), 1);
        if (spec.norm() != null) {
            norm(spec.norm(), prefix + "norm.");
        }
        putUnless(prefix + "width", spec.width(), 0);
    }

    private void position(PositionSpec spec, String prefix) {
        out.put(prefix + "kind", spec.kind()).put(prefix + "count", spec.count()).put(prefix + "offset", spec.offset())
                .putUnless(prefix + "inclusive", spec.inclusive(), false);
    }

    private void stack(StackSpec spec, String prefix) {
        List<AttentionSpec> attentions = spec.attentions();
        attention(attentions.getFirst(), prefix + "attention.");
        if (attentions.size() > 1 || spec.pattern().size() > 1) {
            out.put(prefix + "attention.pattern", spec.pattern().stream().mapToInt(Integer::intValue).toArray());
            for (int i = 1; i < attentions.size(); i++) {
                attention(attentions.get(i), prefix + "attention." + i + ".");
            }
        }
        out.put(prefix + "layers", spec.layers()).put(prefix + "width", spec.width())
                .put(prefix + "norm.placement", spec.placement());
        norm(spec.norm(), prefix + "norm.");
        if (spec.cross() != null) {
            attention(spec.cross(), prefix + "cross_attention.");
        }
        feedForward(spec.feedForward(), prefix + "feed_forward.");
        putUnless(prefix + "residual_scale", spec.residualScale(), 1);
        out.putUnless(prefix + "final_norm", spec.finalNorm(), false)
                .putUnless(prefix + "first_norm", spec.firstNorm(), true);
        putUnless(prefix + "distinct", spec.distinct(), spec.layers());
    }

    private void attention(AttentionSpec spec, String prefix) {
        out.put(prefix + "heads", spec.heads()).put(prefix + "head_size", spec.headSize());
        putUnless(prefix + "key_value_heads", spec.keyValueHeads(), spec.heads());
        out.put(prefix + "scale", spec.scale());
        putUnless(prefix + "soft_cap", spec.softCap(), 0);
        putUnless(prefix + "window", spec.window(), 0);
        out.putUnless(prefix + "bias", spec.bias(), true).putUnless(prefix + "output_bias", spec.outputBias(), true);
        if (spec.queryKeyNorm() != null) {
            out.put(prefix + "norm.scope", spec.queryKeyNorm().scope());
            norm(spec.queryKeyNorm().norm(), prefix + "norm.");
        }
        if (spec.rotary() != null) {
            rotary(spec.rotary(), prefix + "rotary.");
        }
        if (spec.alibi() != 0) {
            out.put(prefix + "alibi", true);
            putUnless(prefix + "alibi_scale", spec.alibi(), 1);
        }
        if (spec.relative() != null) {
            relativeBias(spec.relative(), prefix + "relative.");
        }
    }

    private void rotary(RotarySpec spec, String prefix) {
        out.put(prefix + "size", spec.size()).put(prefix + "theta", spec.theta());
        String word = prefix + "scaling";
        switch (spec.scaling()) {
            case Plain() -> out.put(word, "plain");
            case Linear(double factor) -> out.put(word, "linear").put(prefix + "factor", factor);
            case Llama3 llama3 -> out.put(word, "llama3").put(prefix + "factor", llama3.factor())
                    .put(prefix + "low_frequency_factor", llama3.lowFrequencyFactor())
                    .put(prefix + "high_frequency_factor", llama3.highFrequencyFactor())
                    .put(prefix + "original", llama3.original());
            case Yarn yarn -> out.put(word, "yarn").put(prefix + "factor", yarn.factor())
                    .put(prefix + "original", yarn.original()).put(prefix + "beta_fast", yarn.betaFast())
                    .put(prefix + "beta_slow", yarn.betaSlow()).put(prefix + "magnitude", yarn.magnitude())
                    .put(prefix + "truncate", yarn.truncate());
            case Factors factors -> {
                out.put(word, "factors").put(prefix + "factors", numbers(factors.factors()))
                        .put(prefix + "magnitude", factors.magnitude());
                if (!factors.far().isEmpty()) {
                    out.put(prefix + "far", numbers(factors.far())).put(prefix + "original", factors.original());
                }
            }
            case Dynamic(double factor, int original) -> out.put(word, "dynamic").put(prefix + "factor", factor)
                    .put(prefix + "original", original);
        }
    }

    private void relativeBias(RelativeBiasSpec spec, String prefix) {
        out.put(prefix + "buckets", spec.buckets()).put(prefix + "distance", spec.distance())
                .put(prefix + "bidirectional", spec.bidirectional()).put(prefix + "shared", spec.shared());
    }

    private void norm(NormSpec spec, String prefix) {
        out.put(prefix + "kind", spec.kind()).put(prefix + "epsilon", spec.epsilon())
                .putUnless(prefix + "bias", spec.bias(), spec.kind() == NormSpec.Kind.LAYER);
    }

    private void feedForward(FeedForwardSpec spec, String prefix) {
        out.put(prefix + "width", spec.width()).put(prefix + "activation", spec.activation())
                .putUnless(prefix + "gated", spec.gated(), false).putUnless(prefix + "bias", spec.bias(), true);
        if (spec.experts() != null) {
            out.put(prefix + "experts.count", spec.experts().count()).put(prefix + "experts.used",
                    spec.experts().used()).put(prefix + "experts.renormalized", spec.experts().renormalized());
        }
    }

    private void pooling(PoolingSpec spec, String prefix) {
        out.put(prefix + "kind", spec.kind());
        dense(spec.dense(), prefix + "dense.");
        out.put(prefix + "normalize", spec.normalize());
        putUnless(prefix + "max_tokens", spec.maxTokens(), 0);
    }

    private void head(HeadSpec spec, String prefix) {
        if (spec.pooling() != null) {
            out.put(prefix + "pooling", spec.pooling());
        }
        dense(spec.dense(), prefix + "dense.");
        out.put(prefix + "outputs", spec.outputs()).putUnless(prefix + "bias", spec.bias(), true)
                .putUnless(prefix + "tied", spec.tied(), false).put(prefix + "scores", spec.scores());
        if (!spec.labels().isEmpty()) {
            out.put(prefix + "labels", spec.labels().toArray(new String[0]));
        }
        putUnless(prefix + "max_tokens", spec.maxTokens(), 0);
    }

    private void dense(List<DenseSpec> all, String prefix) {
        for (int i = 0; i < all.size(); i++) {
            String name = prefix + i + ".";
            DenseSpec spec = all.get(i);
            out.put(name + "width", spec.width()).putUnless(name + "bias", spec.bias(), true);
            if (spec.activation() != null) {
                out.put(name + "activation", spec.activation());
            }
            if (spec.norm() != null) {
                norm(spec.norm(), name + "norm.");
            }
        }
    }

    private void output(OutputSpec spec, String prefix) {
        out.put(prefix + "tied", spec.tied()).put(prefix + "bias", spec.bias()).put(prefix + "scale", spec.scale())
                .put(prefix + "soft_cap", spec.softCap());
    }

    private void source(SourceSpec spec, String prefix) {
        stack(spec.stack(), prefix + "encoder.");
        String own = prefix + "source.";
        if (spec.stem() == null) {
            embedding(spec.embedding(), own + "embedding.");
        } else {
            stem(spec.stem(), own + "stem.");
        }
        out.putUnless(own + "tied", spec.tied(), false);
        position(spec.position(), own + "position.");
    }

    private void stem(StemSpec spec, String prefix) {
        out.put(prefix + "features", spec.features()).put(prefix + "convolutions", spec.convolutions())
                .put(prefix + "stride", spec.stride()).put(prefix + "activation", spec.activation());
    }

    private void putUnless(String key, int value, int absent) {
        if (value != absent) {
            out.put(key, value);
        }
    }

    private void putUnless(String key, double value, double absent) {
        if (value != absent) {
            out.put(key, value);
        }
    }

    private static float[] numbers(List<Float> factors) {
        float[] numbers = new float[factors.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = factors.get(i);
        }
        return numbers;
    }
}
