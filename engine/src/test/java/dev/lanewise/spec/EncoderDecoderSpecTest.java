package dev.lanewise.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.RandomEncoderDecoder;
import dev.lanewise.spec.GenerationSpec.Stopping;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the words of encoder-decoders mean, and what is refused because it means nothing. */
class EncoderDecoderSpecTest {

    /** 16 buckets a direction: a distance each up to 7, then halves of octaves up to 128. */
    @Test
    void buckets_areOneForEachNearDistance_andGrowThen() {
        RelativeBiasSpec both = new RelativeBiasSpec(32, 128, true, true);
        assertArrayEquals(new int[]{0, 1, 7, 8, 8, 9, 10, 12, 14, 15, 15, 15},
                IntStream.of(0, 1, 7, 8, 11, 12, 16, 32, 64, 91, 128, 5000).map(both::bucket).toArray());
        assertArrayEquals(new int[]{17, 24, 26, 31, 31},
                IntStream.of(-1, -8, -16, -128, -5000).map(both::bucket).toArray());
        RelativeBiasSpec one = new RelativeBiasSpec(16, 128, false, true);
        assertArrayEquals(new int[]{0, 0, 0, 7, 8, 10, 14, 15, 15},
                IntStream.of(-3, -1, 0, 7, 8, 16, 64, 128, 1000).map(one::bucket).toArray());
    }

    /** Values that alone are sound, and contradict the rest. */
    @ParameterizedTest
    @CsvSource({"encoder.cross_attention.heads, 4", "decoder.cross_attention.window, 3",
            "decoder.cross_attention.relative.buckets, 8", "source.embedding.vocabulary, 84", "encoder.width, 52",
            "source.stem.features, 9", "shape, decoder", "shape, encoder"})
    void whatContradictsTheRest_isRefused(String key, String value) {
        Metadata.Builder before = Metadata.builder();
        RandomEncoderDecoder.paper().write(before);
        Metadata.Builder changed = Metadata.builder();
        before.build().values().forEach((name, old) -> {
            if (!name.equals("transformer." + key)) {
                put(changed, name, old);
            }
        });
        put(changed, "transformer." + key, value.matches("\\d+") ? (Object) Long.valueOf(value) : value);
        Metadata metadata = changed.build();
        assertThrows(MetadataException.class, () -> TransformerSpec.read(metadata));
    }

    private static void put(Metadata.Builder out, String key, Object value) {
        switch (value) {
            case Long n -> out.put(key, n);
            case Double x -> out.put(key, x);
            case Boolean b -> out.put(key, b);
            default -> out.put(key, value.toString());
        }
    }

    @Test
    void generation_isWrittenAndRead() {
        Metadata.Builder out = Metadata.builder();
        new GenerationSpec(2, 7, 3, new int[]{1, 5}, new int[]{4}, true, 3, 60, 5, 0.8, Stopping.NEVER, 3).write(out);
        GenerationSpec spec = GenerationSpec.read(out.build(), 8);
        assertEquals("2 7 3 true 3 60 5 0.8 NEVER 3",
                spec.start() + " " + spec.forcedFirst() + " " + spec.forcedLast() + " " + spec.renormalized() + " "
                        + spec.minTokens() + " " + spec.maxTokens() + " " + spec.beams() + " " + spec.lengthPenalty()
                        + " "
                        + spec.stopping() + " " + spec.noRepeat());
        assertArrayEquals(new int[]{1, 5}, spec.banned());
        assertArrayEquals(new int[]{4}, spec.bannedFirst());
        assertThrows(MetadataException.class, () -> GenerationSpec.read(out.build(), 7));
        assertNull(GenerationSpec.read(Metadata.builder().build(), 8));
        Metadata.Builder plain = Metadata.builder();
        new GenerationSpec(2).write(plain);
        assertEquals(1, plain.build().values().size());
        assertEquals(1, GenerationSpec.read(plain.build(), 8).beams());
    }
}
