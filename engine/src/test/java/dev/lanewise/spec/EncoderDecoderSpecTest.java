package dev.lanewise.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.RandomEncoderDecoder;
import dev.lanewise.tensor.DataType;
import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;
import dev.lanewise.writer.SpecWriter;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
        SpecWriter.write(RandomEncoderDecoder.paper(), before);
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

    /** Every word of every kind, missing or with another value: refused by its key, or sound and of tensors that can be named. */
    @ParameterizedTest
    @MethodSource("dev.lanewise.RandomEncoderDecoder#all")
    void nastyValues_areRefusedOrMeanSomething(TransformerSpec spec) {
        Metadata.Builder sound = Metadata.builder();
        SpecWriter.write(spec, sound);
        Map<String, Object> words = sound.build().values();
        int refused = 0;
        for (String key : words.keySet()) {
            for (Object nasty : new Object[]{0L, -1L, 1L, 4L, Long.MAX_VALUE, Double.NaN, 0.0, -1.0, 1e300, true, "x",
                    ""}) {
                Metadata.Builder changed = Metadata.builder();
                words.forEach((name, value) -> {
                    if (!name.equals(key) || !nasty.equals("")) {
                        put(changed, name, name.equals(key) ? nasty : value);
                    }
                });
                try {
                    TransformerSpec read = TransformerSpec.read(changed.build());
                    assertEquals(read.tensors(DataType.F32).count(), read.tensorCount(), key + " = " + nasty);
                } catch (MetadataException e) {
                    refused++;
                }
            }
        }
        assertTrue(refused > 8 * words.size(), refused + " of " + words.size());
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
    void generation_mustBeOfTheVocabulary_andMayBeAbsent() {
        assertNull(GenerationSpec.read(Metadata.builder().build(), 8));
        Metadata metadata = Metadata.builder().put("generation.start", 2).put("generation.forced_first", 7)
                .put("generation.banned", new int[]{1, 5}).build();
        GenerationSpec spec = GenerationSpec.read(metadata, 8);
        assertEquals("2 7 -1 1 ESTIMATE",
                spec.start() + " " + spec.forcedFirst() + " " + spec.forcedLast() + " " + spec.beams() + " "
                        + spec.stopping());
        assertArrayEquals(new int[]{1, 5}, spec.banned());
        assertThrows(MetadataException.class, () -> GenerationSpec.read(metadata, 7));
        Metadata bad = Metadata.builder().put("generation.start", 2).put("generation.banned", new int[]{8}).build();
        assertThrows(MetadataException.class, () -> GenerationSpec.read(bad, 8));
    }
}
