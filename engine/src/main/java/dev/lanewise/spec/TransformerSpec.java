package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a transformer computes, in words that cover the published families without naming one. It is written by the
 * converter, stored as metadata under {@value #PREFIX}, checked at opening, and everything the blocks do follows from it.
 * Words that a later release added are absent where they say what the first release did.
 *
 * @param family what the source calls this kind of model; for people, never decides anything
 * @param shape which stacks it has
 * @param embedding what turns ids into vectors
 * @param position what is added to tell positions apart
 * @param stack the layers, an encoder's or a decoder's
 * @param pooling how an encoder's token vectors become one vector, or null where the source does not say
 * @param output the head of a decoder; null in an encoder
 */
public record TransformerSpec(String family, Shape shape, EmbeddingSpec embedding, PositionSpec position,
        StackSpec stack, PoolingSpec pooling, OutputSpec output) {

    /** The prefix of all its keys. */
    public static final String PREFIX = "transformer.";
    /** No width, head count or the like may exceed this; tensors of such sizes must be in the file as well. */
    static final int MOST = 1 << 24;

    /** Which stacks a transformer has. */
    public enum Shape {
        /** An encoder alone: text to vectors. */
        ENCODER("encoder"),
        /** A decoder alone, each token seeing those before it: text that goes on. */
        DECODER("decoder");

        private final String prefix;

        Shape(String prefix) {
            this.prefix = prefix;
        }

        /** What the names of the stack's tensors begin with. */
        public String prefix() {
            return prefix;
        }
    }

    /** Checks that nothing is missing. */
    public TransformerSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(shape);
        Objects.requireNonNull(embedding);
        Objects.requireNonNull(position);
        Objects.requireNonNull(stack);
        if ((shape == Shape.DECODER) != (output != null)) {
            throw new IllegalArgumentException("a decoder, and nothing else, has an output");
        }
    }

    /** An encoder. */
    public static TransformerSpec encoder(String family, EmbeddingSpec embedding, PositionSpec position,
            StackSpec stack, PoolingSpec pooling) {
        return new TransformerSpec(family, Shape.ENCODER, embedding, position, stack, pooling, null);
    }

    /** A decoder. */
    public static TransformerSpec decoder(String family, EmbeddingSpec embedding, PositionSpec position,
            StackSpec stack, OutputSpec output) {
        return new TransformerSpec(family, Shape.DECODER, embedding, position, stack, null, output);
    }

    /** The same with another pooling. */
    public TransformerSpec withPooling(PoolingSpec other) {
        return new TransformerSpec(family, shape, embedding, position, stack, other, output);
    }

    /**
     * Reads it from a file's metadata.
     *
     * @throws MetadataException if a value is missing, wrong, contradicts another, or is not known to this release
     */
    public static TransformerSpec read(Metadata metadata) {
        Metadata.Reader in = metadata.reader(PREFIX);
        Shape shape = in.word("shape", Shape.class);
        OutputSpec output = OutputSpec.read(in);
        if ((shape == Shape.DECODER) != (output != null)) {
            throw new MetadataException(PREFIX + "output", "an output in a decoder, and in nothing else",
                    output == null ? "none" : "one");
        }
        TransformerSpec spec = new TransformerSpec(in.string("family"), shape, EmbeddingSpec.read(in),
                PositionSpec.read(in), StackSpec.read(in, shape.prefix() + "."), PoolingSpec.read(in), output);
        in.finish();
        return spec;
    }

    /** Writes it as metadata. */
    public void write(Metadata.Builder out) {
        out.put(PREFIX + "family", family).put(PREFIX + "shape", shape);
        embedding.write(out);
        position.write(out);
        stack.write(out, PREFIX + shape.prefix() + ".");
        if (pooling != null) {
            pooling.write(out);
        }
        if (output != null) {
            output.write(out);
        }
    }

    /** How many tokens one input may have. */
    public int maxTokens() {
        return position.count();
    }

    /**
     * The tensors that a file of this specification holds, all of them and in this order; vectors are always F32.
     *
     * @param matrices the type of matrices and tables; what a quantised type cannot hold, tables and matrices whose inputs
     *     are no whole blocks, is F16
     */
    public Stream<TensorInfo> tensors(DataType matrices) {
        return tensors(_ -> matrices);
    }

    /**
     * The same with a type for each.
     *
     * @param types the type of a matrix or table by its name; what that type cannot hold is F16
     */
    public Stream<TensorInfo> tensors(Function<String, DataType> types) {
        Stream<TensorInfo> layers = IntStream.range(0, stack.layers()).boxed()
                .flatMap(i -> stack.layerTensors(shape.prefix() + ".layers." + i + ".", types));
        return Stream.of(embeddingTensors(types).all(), layers, endTensors(types).all()).flatMap(s -> s);
    }

    /** How many {@link #tensors} there are. */
    public long tensorCount() {
        return embeddingTensors(_ -> DataType.F32).all().count() + stack.layers() * stack.layerTensorCount()
                + endTensors(_ -> DataType.F32).all().count();
    }

    private Tensors embeddingTensors(Function<String, DataType> types) {
        int width = stack.width();
        Tensors tensors = new Tensors("embedding.", types);
        if (output == null) {
            tensors.table("token", embedding.vocabulary(), width);
        } else {
            // In panels, as a head reads them: tied or not, and of any type.
            tensors.linear("token", embedding.vocabulary(), width, false);
        }
        if (position.kind() == PositionSpec.Kind.LEARNED) {
            tensors.table("position", position.count() + position.offset(), width);
        }
        if (embedding.tokenTypes() > 0) {
            tensors.table("token_type", embedding.tokenTypes(), width);
        }
        if (embedding.norm() != null) {
            tensors.norm("norm", width, embedding.norm());
        }
        return tensors;
    }

    private Tensors endTensors(Function<String, DataType> types) {
        Tensors tensors = new Tensors("", types);
        if (stack.finalNorm()) {
            tensors.norm(shape.prefix() + ".norm", stack.width(), stack.norm());
        }
        if (output != null && !output.tied()) {
            tensors.linear("output", embedding.vocabulary(), stack.width(), output.bias());
        } else if (output != null && output.bias()) {
            tensors.bias("output", embedding.vocabulary());
        }
        return tensors;
    }
}
