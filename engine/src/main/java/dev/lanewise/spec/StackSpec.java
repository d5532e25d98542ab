package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import dev.lanewise.tensor.TensorInfo;
import java.util.stream.Stream;

/**
 * A stack of equal layers, each attention, add &amp; norm, feed-forward, add &amp; norm.
 *
 * @param layers how many
 * @param width of the vectors between them
 * @param placement where the norms stand
 * @param norm the norms' formula
 * @param attention the attention of each layer
 * @param feedForward the feed-forward network of each layer
 */
public record StackSpec(int layers, int width, NormPlacement placement, NormSpec norm, AttentionSpec attention,
        FeedForwardSpec feedForward) {

    /** Where the norms stand. */
    public enum NormPlacement {
        /** After each residual sum, as in "Attention Is All You Need". */
        POST
    }

    static StackSpec read(Metadata.Reader in, String prefix) {
        return new StackSpec(in.integer(prefix + "layers", 1, 10_000),
                in.integer(prefix + "width", 1, TransformerSpec.MOST),
                in.word(prefix + "norm.placement", NormPlacement.class), NormSpec.read(in, prefix + "norm."),
                AttentionSpec.read(in, prefix + "attention."), FeedForwardSpec.read(in, prefix + "feed_forward."));
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "layers", layers).put(prefix + "width", width).put(prefix + "norm.placement", placement);
        norm.write(out, prefix + "norm.");
        attention.write(out, prefix + "attention.");
        feedForward.write(out, prefix + "feed_forward.");
    }

    Stream<TensorInfo> layerTensors(String prefix, DataType matrices) {
        int inner = attention.heads() * attention.headSize();
        int hidden = feedForward.width();
        return Stream.of(TransformerSpec.linear(prefix + "attention.query", inner, width, matrices),
                TransformerSpec.linear(prefix + "attention.key", inner, width, matrices),
                TransformerSpec.linear(prefix + "attention.value", inner, width, matrices),
                TransformerSpec.linear(prefix + "attention.output", width, inner, matrices),
                TransformerSpec.norm(prefix + "attention.norm", width),
                TransformerSpec.linear(prefix + "feed_forward.up", hidden, width, matrices),
                TransformerSpec.linear(prefix + "feed_forward.down", width, hidden, matrices),
                TransformerSpec.norm(prefix + "feed_forward.norm", width)).flatMap(s -> s);
    }
}
