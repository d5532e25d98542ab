package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.Layout;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.tensor.TensorInfo;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a transformer computes, in words that cover the published families without naming one. It is written by the
 * converter, stored as metadata under {@value #PREFIX}, checked at opening, and everything the blocks do follows from it.
 *
 * @param family what the source calls this kind of model; for people, never decides anything
 * @param shape which stacks it has
 * @param embedding what turns ids into vectors
 * @param position what tells positions apart
 * @param encoder the encoder stack
 * @param pooling how token vectors become one vector, or null where the source does not say
 */
public record TransformerSpec(String family, Shape shape, EmbeddingSpec embedding, PositionSpec position,
        StackSpec encoder,
        PoolingSpec pooling) {

    /** The prefix of all its keys. */
    public static final String PREFIX = "transformer.";
    /** No width, head count or the like may exceed this; tensors of such sizes must be in the file as well. */
    static final int MOST = 1 << 24;

    /** Which stacks a transformer has. */
    public enum Shape {
        /** An encoder alone: text to vectors. */
        ENCODER
    }

    /** Checks that nothing is missing. */
    public TransformerSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(shape);
        Objects.requireNonNull(embedding);
        Objects.requireNonNull(position);
        Objects.requireNonNull(encoder);
    }

    /** The same with another pooling. */
    public TransformerSpec withPooling(PoolingSpec other) {
        return new TransformerSpec(family, shape, embedding, position, encoder, other);
    }

    /**
     * Reads it from a file's metadata.
     *
     * @throws MetadataException if a value is missing, wrong, contradicts another, or is not known to this release
     */
    public static TransformerSpec read(Metadata metadata) {
        Metadata.Reader in = metadata.reader(PREFIX);
        TransformerSpec spec = new TransformerSpec(in.string("family"), in.word("shape", Shape.class),
                EmbeddingSpec.read(in), PositionSpec.read(in), StackSpec.read(in, "encoder."), PoolingSpec.read(in));
        in.finish();
        return spec;
    }

    /** Writes it as metadata. */
    public void write(Metadata.Builder out) {
        out.put(PREFIX + "family", family).put(PREFIX + "shape", shape);
        embedding.write(out);
        position.write(out);
        encoder.write(out, PREFIX + "encoder.");
        if (pooling != null) {
            pooling.write(out);
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
        int width = encoder.width();
        DataType rows = matrices.quantized() ? DataType.F16 : matrices;
        Stream<TensorInfo> tables = Stream.of(
                new TensorInfo("embedding.token.weight", rows, Layout.ROWS, List.of(embedding.vocabulary(), width)),
                new TensorInfo("embedding.position.weight", rows, Layout.ROWS,
                        List.of(position.count() + position.offset(), width)));
        if (embedding.tokenTypes() > 0) {
            tables = Stream.concat(tables,
                    Stream.of(new TensorInfo("embedding.token_type.weight", rows, Layout.ROWS,
                            List.of(embedding.tokenTypes(), width))));
        }
        Stream<TensorInfo> layers = IntStream.range(0, encoder.layers()).boxed()
                .flatMap(i -> encoder.layerTensors("encoder.layers." + i + ".", matrices));
        return Stream.of(tables, norm("embedding.norm", width), layers).flatMap(s -> s);
    }

    /** How many {@link #tensors} there are. */
    public long tensorCount() {
        long each = encoder.layerTensors("", DataType.F32).count();
        return 4 + (embedding.tokenTypes() > 0 ? 1 : 0) + encoder.layers() * each;
    }

    static Stream<TensorInfo> linear(String name, int outputs, int inputs, DataType type) {
        DataType fitting = inputs % type.block() == 0 ? type : DataType.F16;
        return Stream.of(new TensorInfo(name + ".weight", fitting, Layout.PANELS, List.of(outputs, inputs)),
                new TensorInfo(name + ".bias", DataType.F32, Layout.ROWS, List.of(outputs)));
    }

    static Stream<TensorInfo> norm(String name, int width) {
        return Stream.of(new TensorInfo(name + ".weight", DataType.F32, Layout.ROWS, List.of(width)),
                new TensorInfo(name + ".bias", DataType.F32, Layout.ROWS, List.of(width)));
    }
}
