package dev.lanewise;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec.QueryKeyNorm;
import dev.lanewise.spec.AttentionSpec.Scope;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec.ExpertsSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec.Kind;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Decoders with random weights: among them, every word that a specification of a decoder has. */
public final class RandomDecoder {
    /** How many ids they have. */
    public static final int VOCABULARY = 83;
    /** How many positions they have. */
    public static final int POSITIONS = 700;

    private static final NormSpec RMS = new NormSpec(Kind.RMS, 1e-5);
    private static final NormSpec LAYER = new NormSpec(Kind.LAYER, 1e-5);
    private static final FeedForwardSpec GATED = new FeedForwardSpec(72, Activation.SILU, true, false, null);
    private static final FeedForwardSpec PLAIN = new FeedForwardSpec(90, Activation.GELU_TANH);

    private RandomDecoder() {}

    /** Norms first, grouped heads, rotation, a gate: what most published models are. */
    public static TransformerSpec grouped() {
        return spec("grouped", PositionSpec.Kind.NONE,
                stack(NormPlacement.PRE, RMS, List.of(rotated(6, 2, 20, null, 0)), GATED, true), true);
    }

    /** One whose tokens see 150 tokens back, with more positions. */
    public static TransformerSpec windowed(int positions) {
        AttentionSpec windowed = new AttentionSpec(4, 2, 16, 0.25, 0, 150, false, false, null, new RotarySpec(1e3, 16),
                false);
        return TransformerSpec.decoder("windowed", new EmbeddingSpec(VOCABULARY, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, positions, 0),
                stack(NormPlacement.PRE, RMS, List.of(windowed), GATED, true), new OutputSpec(true, false, 1, 0));
    }

    /** One whose keys and values are large: 3 MB a page. */
    public static TransformerSpec manyHeads(int positions) {
        return TransformerSpec.decoder("many heads", new EmbeddingSpec(VOCABULARY, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, positions, 0),
                stack(NormPlacement.PRE, RMS, List.of(rotated(16, 16, 64, null, 0)), GATED, true),
                new OutputSpec(true, false, 1, 0));
    }

    /** One with wide activations and little else. */
    public static TransformerSpec wide(int width, int positions) {
        return TransformerSpec.decoder("wide", new EmbeddingSpec(VOCABULARY, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, positions, 0),
                new StackSpec(1, width, NormPlacement.PRE, RMS, List.of(rotated(1, 1, 8, null, 0)), List.of(0),
                        new FeedForwardSpec(8, Activation.GELU), 1, true),
                new OutputSpec(true, false, 1, 0));
    }

    /** One whose texts of more tokens are rotated by other factors. */
    public static TransformerSpec far(int original) {
        return scaled("far", new RotarySpec.Factors(Collections.nCopies(8, 1.5f), 1.2, Collections.nCopies(8, 4f),
                original));
    }

    /** One whose texts of more tokens are rotated otherwise with every further one. */
    public static TransformerSpec dynamic(int original) {
        return scaled("dynamic", new RotarySpec.Dynamic(4, original));
    }

    private static TransformerSpec scaled(String name, RotarySpec.Scaling scaling) {
        AttentionSpec attention = new AttentionSpec(3, 1, 16, 0.25, 0, 0, false, false, null,
                new RotarySpec(1e3, 16, scaling), false);
        return spec(name, PositionSpec.Kind.NONE, stack(NormPlacement.PRE, RMS, List.of(attention), GATED, true), true);
    }

    /** One of each kind. */
    public static List<TransformerSpec> all() {
        AttentionSpec plain = new AttentionSpec(4, 12, 0.3);
        AttentionSpec capped = new AttentionSpec(4, 2, 16, 0.25, 20, 0, false, false, null, new RotarySpec(1e4, 16),
                false);
        AttentionSpec windowed = new AttentionSpec(4, 2, 16, 0.25, 20, 150, false, false, null,
                new RotarySpec(1e3, 16), false);
        AttentionSpec sloped = new AttentionSpec(5, 1, 8, 0.35, 0, 0, true, true, null, null, true);
        FeedForwardSpec experts = new FeedForwardSpec(40, Activation.SILU, true, false, new ExpertsSpec(5, 2, true));
        return List.of(grouped(),
                spec("learned", PositionSpec.Kind.LEARNED,
                        stack(NormPlacement.PRE, LAYER, List.of(plain), PLAIN, true), true),
                spec("post", PositionSpec.Kind.LEARNED,
                        stack(NormPlacement.POST, LAYER, List.of(plain), PLAIN, false), false),
                spec("sandwich", PositionSpec.Kind.NONE,
                        stack(NormPlacement.SANDWICH, RMS, List.of(windowed, capped), GATED, true), true),
                spec("output", PositionSpec.Kind.NONE,
                        stack(NormPlacement.OUTPUT, RMS, List.of(rotated(4, 2, 16, Scope.ALL, 0)), GATED, true), false),
                spec("parallel", PositionSpec.Kind.NONE,
                        stack(NormPlacement.PARALLEL, LAYER, List.of(sloped), PLAIN, true), true),
                spec("parallel two", PositionSpec.Kind.NONE,
                        stack(NormPlacement.PARALLEL_TWO, LAYER, List.of(rotated(3, 3, 24, Scope.HEAD, 10)), PLAIN,
                                true),
                        false),
                far(35), dynamic(40),
                spec("experts", PositionSpec.Kind.NONE,
                        stack(NormPlacement.PRE, RMS, List.of(rotated(4, 4, 16, null, 0)), experts, true), false));
    }

    private static AttentionSpec rotated(int heads, int keyValueHeads, int headSize, Scope scope, int rotated) {
        return new AttentionSpec(heads, keyValueHeads, headSize, 1 / Math.sqrt(headSize), 0, 0, false, false,
                scope == null ? null : new QueryKeyNorm(scope, RMS),
                new RotarySpec(1e4, rotated == 0 ? headSize : rotated), false);
    }

    private static StackSpec stack(NormPlacement placement, NormSpec norm, List<AttentionSpec> attentions,
            FeedForwardSpec feedForward, boolean finalNorm) {
        return new StackSpec(3, 60, placement, norm, attentions, attentions.size() == 1 ? List.of(0) : List.of(0, 1),
                feedForward, 1, finalNorm);
    }

    private static TransformerSpec spec(String name, PositionSpec.Kind position, StackSpec stack, boolean tied) {
        return TransformerSpec.decoder(name, new EmbeddingSpec(VOCABULARY, 0, null),
                new PositionSpec(position, POSITIONS, 0), stack, new OutputSpec(tied, false, 1, tied ? 15 : 0));
    }

    /** Writes a model. */
    public static Path write(Path file, TransformerSpec spec, DataType type, long seed) throws IOException {
        return write(file, spec, type, seed, Metadata.builder());
    }

    /** Writes a model with more metadata. */
    public static Path write(Path file, TransformerSpec spec, DataType type, long seed, Metadata.Builder metadata)
            throws IOException {
        SpecWriter.write(spec, metadata);
        Random random = new Random(seed);
        List<TensorInfo> infos = spec.tensors(type).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata.build(), infos)) {
            for (TensorInfo info : infos) {
                float mean = info.name().endsWith("norm.weight") ? 1 : 0;
                double size = info.shape().size() == 1
                        ? 0.2
                        : info.name().startsWith("embedding")
                                ? 0.5
                                : 1 / Math.sqrt(info.columns());
                writer.write((row, into) -> {
                    for (int i = 0; i < info.columns(); i++) {
                        into[i] = (float) (mean + random.nextGaussian() * size);
                    }
                });
            }
            writer.finish();
        }
        return file;
    }

    /** Writes a model that computes no numbers where one id is. */
    static Path writeUnsound(Path file, int id) throws IOException {
        TransformerSpec spec = all().get(2);
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        Random random = new Random(5);
        List<TensorInfo> infos = spec.tensors(DataType.F32).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata.build(), infos)) {
            for (TensorInfo info : infos) {
                writer.write((row, into) -> {
                    for (int i = 0; i < info.columns(); i++) {
                        into[i] = info.name().startsWith("embedding.token") && row == id
                                ? Float.MAX_VALUE
                                : (float) random.nextGaussian() / 8;
                    }
                });
            }
            writer.finish();
        }
        return file;
    }

    /** Some ids. */
    public static int[] ids(long seed, int count) {
        return new Random(seed).ints(count, 0, VOCABULARY).toArray();
    }
}
