package dev.lanewise.spec;

import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.Objects;
import java.util.function.Function;
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
 * @param head the head of an encoder, or null
 * @param output the head of a decoder; null in an encoder
 * @param source the encoder of an encoder-decoder, whose decoder the rest is about; otherwise null
 */
public record TransformerSpec(String family, Shape shape, EmbeddingSpec embedding, PositionSpec position,
        StackSpec stack, PoolingSpec pooling, HeadSpec head, OutputSpec output, SourceSpec source) {

    /** The prefix of all its keys. */
    public static final String PREFIX = "transformer.";
    /** No width, head count or the like may exceed this; tensors of such sizes must be in the file as well. */
    static final int MOST = 1 << 24;

    /** Which stacks a transformer has. */
    public enum Shape {
        /** An encoder alone: text to vectors. */
        ENCODER("encoder"),
        /** A decoder alone, each token seeing those before it: text that goes on. */
        DECODER("decoder"),
        /** A decoder that attends to the output of an encoder as well: text to another text. */
        ENCODER_DECODER("decoder");

        private final String prefix;

        Shape(String prefix) {
            this.prefix = prefix;
        }

        /** What the names of the stack's tensors begin with; of the encoder beside a decoder, {@code "encoder"}. */
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
        if ((shape == Shape.ENCODER) != (output == null)) {
            throw new IllegalArgumentException("a decoder, and nothing else, has an output");
        }
        if ((shape == Shape.ENCODER_DECODER) != (source != null) || (stack.cross() != null) != (source != null)) {
            throw new IllegalArgumentException("where there is a source, and only there, the stack attends to it");
        }
    }

    /** An encoder. */
    public static TransformerSpec encoder(String family, EmbeddingSpec embedding, PositionSpec position,
            StackSpec stack, PoolingSpec pooling) {
        return new TransformerSpec(family, Shape.ENCODER, embedding, position, stack, pooling, null, null, null);
    }

    /** A decoder. */
    public static TransformerSpec decoder(String family, EmbeddingSpec embedding, PositionSpec position,
            StackSpec stack, OutputSpec output) {
        return new TransformerSpec(family, Shape.DECODER, embedding, position, stack, null, null, output, null);
    }

    /** An encoder-decoder: the source is about its encoder, all else about its decoder. */
    public static TransformerSpec encoderDecoder(String family, SourceSpec source, EmbeddingSpec embedding,
            PositionSpec position, StackSpec stack, OutputSpec output) {
        return new TransformerSpec(family, Shape.ENCODER_DECODER, embedding, position, stack, null, null, output,
                source);
    }

    /** The same with another pooling. */
    public TransformerSpec withPooling(PoolingSpec other) {
        return new TransformerSpec(family, shape, embedding, position, stack, other, head, output, source);
    }

    /** The same with another head, of an encoder. */
    public TransformerSpec withHead(HeadSpec other) {
        return new TransformerSpec(family, shape, embedding, position, stack, pooling, other, output, source);
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
        in.require((shape == Shape.ENCODER) == (output == null), "output",
                "an output in a decoder, and in nothing else", output == null ? "none" : "one");
        StackSpec stack = StackSpec.read(in, shape.prefix() + ".");
        SourceSpec source = shape == Shape.ENCODER_DECODER ? SourceSpec.read(in) : null;
        in.require((stack.cross() == null) == (source == null), "decoder.cross_attention",
                "one where there is an encoder beside the decoder, and only there", source == null ? "one" : "none");
        TransformerSpec spec = new TransformerSpec(in.string("family"), shape, EmbeddingSpec.read(in, "embedding."),
                PositionSpec.read(in, "position.", stack.width()), stack, PoolingSpec.read(in), HeadSpec.read(in),
                output, source);
        in.require(source == null || stack.plainTokens() == MOST, "decoder.attention.rotary.scaling",
                "one that does not depend on the length of the text, as there is an encoder", "one that does");
        spec.checkTied(in);
        spec.checkEncoder(in);
        in.finish();
        return spec;
    }

    private void checkTied(Metadata.Reader in) {
        boolean fits = source == null || !source.tied() || source.stem() == null
                && source.stack().width() == stack.width()
                && source.embedding().vocabulary() == embedding.vocabulary();
        in.require(fits, "source.tied", "a table for ids of both, of the same size", source);
    }

    private void checkEncoder(Metadata.Reader in) {
        boolean encoder = shape == Shape.ENCODER;
        in.require(encoder || head == null, "head", "one in an encoder alone", "one");
        in.require(encoder || pooling == null, "pooling", "one in an encoder alone", "one");
        boolean narrow = embedding.width(0) != 0
                || source != null && source.stem() == null && source.embedding().width(0) != 0;
        in.require(embedding.width(0) <= stack.width() && (encoder || !narrow), "embedding.width",
                "one in an encoder, no wider than its stack", embedding.width(0));
        boolean fits = head == null || !head.tied() || head.outputs() == embedding.vocabulary()
                && DenseSpec.width(head.dense(), stack.width()) == tableWidth();
        in.require(fits, "head.tied", "what fits the table of tokens", head);
    }

    private int tableWidth() {
        return embedding.width(stack.width());
    }

    /** The length of a text's vector. */
    public int vectorWidth() {
        return pooling == null ? stack.width() : DenseSpec.width(pooling.dense(), stack.width());
    }

    /** How many tokens one input may have; of an encoder-decoder, one output. */
    public int maxTokens() {
        return position.count();
    }

    /**
     * The tensors that a file of this specification holds, all of them and in this order; vectors are always F32.
     *
     * @param matrices the type of matrices and tables; what a type with blocks cannot hold, tables and matrices whose inputs
     *     are no whole blocks, is INT8 in place of Q8_0, otherwise F16
     */
    public Stream<TensorInfo> tensors(DataType matrices) {
        return tensors(_ -> matrices);
    }

    /**
     * The same with a type for each.
     *
     * @param types the type of a matrix or table by its name; what that type cannot hold is as above
     */
    public Stream<TensorInfo> tensors(Function<String, DataType> types) {
        Stream<TensorInfo> before = source == null
                ? Stream.empty()
                : Stream.concat(sourceTensors(types).all(), source.stack().tensors("encoder", 0, types));
        return Stream.of(before, embeddingTensors(types).all(), stack.tensors(shape.prefix(), sourceWidth(), types),
                endTensors(types)).flatMap(s -> s);
    }

    /** How many {@link #tensors} there are. */
    public long tensorCount() {
        long before = source == null
                ? 0
                : sourceTensors(_ -> DataType.F32).all().count() + source.stack().tensorCount();
        return before + embeddingTensors(_ -> DataType.F32).all().count() + stack.tensorCount()
                + endTensors(_ -> DataType.F32).count();
    }

    private int sourceWidth() {
        return source == null ? 0 : source.stack().width();
    }

    private Tensors sourceTensors(Function<String, DataType> types) {
        Tensors tensors = new Tensors("source.", types);
        int width = sourceWidth();
        if (source.stem() != null) {
            int inputs = source.stem().features();
            for (int i = 0; i < source.stem().convolutions(); i++) {
                tensors.linear("stem." + i, width, StemSpec.KERNEL * inputs, true);
                inputs = width;
            }
            positionTable(tensors, source.position(), width);
        } else {
            if (!source.tied()) {
                tensors.table("token", source.embedding().vocabulary(), width);
            }
            otherTables(tensors, source.embedding(), source.position(), width);
        }
        return tensors;
    }

    private Tensors embeddingTensors(Function<String, DataType> types) {
        Tensors tensors = new Tensors("embedding.", types);
        if (output == null && (head == null || !head.tied())) {
            tensors.table("token", embedding.vocabulary(), tableWidth());
        } else {
            // In panels, as a head reads them: tied or not, and of any type.
            tensors.linear("token", embedding.vocabulary(), tableWidth(), false);
        }
        otherTables(tensors, embedding, position, tableWidth());
        if (embedding.width(0) != 0) {
            tensors.linear("projection", stack.width(), tableWidth(), true);
        }
        return tensors;
    }

    private static void otherTables(Tensors tensors, EmbeddingSpec embedding, PositionSpec position, int width) {
        positionTable(tensors, position, width);
        if (embedding.tokenTypes() > 0) {
            tensors.table("token_type", embedding.tokenTypes(), width);
        }
        if (embedding.norm() != null) {
            tensors.norm("norm", width, embedding.norm());
        }
    }

    private static void positionTable(Tensors tensors, PositionSpec position, int width) {
        if (position.kind() == PositionSpec.Kind.LEARNED) {
            tensors.table("position", position.count() + position.offset(), width);
        }
    }

    private Stream<TensorInfo> endTensors(Function<String, DataType> types) {
        Tensors tensors = new Tensors("", types);
        if (output != null && !output.tied()) {
            tensors.linear("output", embedding.vocabulary(), stack.width(), output.bias());
        } else if (output != null && output.bias()) {
            tensors.bias("output", embedding.vocabulary());
        }
        Tensors pooled = new Tensors("pooling.", types);
        if (pooling != null) {
            DenseSpec.tensors(pooling.dense(), pooled, stack.width());
        }
        Tensors upon = new Tensors("head.", types);
        if (head != null) {
            int width = DenseSpec.tensors(head.dense(), upon, stack.width());
            if (!head.tied()) {
                upon.linear("output", head.outputs(), width, head.bias());
            } else if (head.bias()) {
                upon.bias("output", head.outputs());
            }
        }
        return Stream.of(tensors, pooled, upon).flatMap(Tensors::all);
    }
}
