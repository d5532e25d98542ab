package dev.lanewise.tools.convert;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.SpecWriter;

/**
 * How large a model may be that is converted. The writer holds 32 rows of a matrix, and so does a reader that transposes:
 * with these widths that stays below 100 MB, far above anything published.
 */
public final class SpecLimits {
    /** Tokens, or types of tokens. */
    public static final int VOCABULARY = 1 << 24;
    /** Tokens of a text. */
    public static final int POSITIONS = 1 << 20;
    /** Of a token between layers. */
    public static final int WIDTH = 1 << 16;
    /** Of a token within a feed-forward network. */
    public static final int FEED_FORWARD_WIDTH = 1 << 18;

    private SpecLimits() {}

    /**
     * Checks a specification that comes from a stranger.
     *
     * @return the same
     * @throws UnsupportedModelException if it is too large, or the engine would refuse it
     */
    public static TransformerSpec check(String file, TransformerSpec spec) {
        check(file, spec.stack(), spec.position());
        if (spec.source() != null) {
            check(file, spec.source().stack(), spec.source().position());
        }
        Metadata.Builder written = Metadata.builder();
        SpecWriter.write(spec, written);
        try {
            return TransformerSpec.read(written.build());
        } catch (Metadata.MetadataException e) {
            throw new UnsupportedModelException(file + ": this model cannot be converted: " + e.getMessage());
        }
    }

    private static void check(String file, StackSpec stack, PositionSpec position) {
        check(file, "width", stack.width(), WIDTH);
        check(file, "heads x head size", (long) stack.attention().heads() * stack.attention().headSize(), WIDTH);
        check(file, "width of the feed-forward network", stack.feedForward().width(), FEED_FORWARD_WIDTH);
        check(file, "number of positions", position.count(), POSITIONS);
    }

    private static void check(String file, String what, long value, long most) {
        if (value > most) {
            throw new UnsupportedModelException(
                    file + ": a " + what + " of " + value + " is not supported; at most " + most);
        }
    }
}
