package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;

/**
 * Multi-head scaled dot-product attention.
 *
 * @param heads how many
 * @param headSize the width of a head's queries, keys and values; heads x head size need not be the width of the stack
 * @param scale what scores are multiplied with before the softmax, usually 1 / sqrt(head size)
 */
public record AttentionSpec(int heads, int headSize, double scale) {

    static AttentionSpec read(Metadata.Reader in, String prefix) {
        AttentionSpec spec = new AttentionSpec(in.integer(prefix + "heads", 1, 4096),
                in.integer(prefix + "head_size", 1, 4096), in.number(prefix + "scale"));
        if (!(spec.scale > 0 && spec.scale <= 1e6)) {
            throw new MetadataException(TransformerSpec.PREFIX + prefix + "scale", "above 0, at most 1e6",
                    Double.toString(spec.scale));
        }
        return spec;
    }

    void write(Metadata.Builder out, String prefix) {
        out.put(prefix + "heads", heads).put(prefix + "head_size", headSize).put(prefix + "scale", scale);
    }
}
