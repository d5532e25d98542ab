package dev.lanewise.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import org.junit.jupiter.api.Test;

class FlopsTest {
    private static final StackSpec MINILM = new StackSpec(6, 384, StackSpec.NormPlacement.POST,
            new NormSpec(NormSpec.Kind.LAYER, 1e-12), new AttentionSpec(12, 32, 0.17677669529663687),
            new FeedForwardSpec(1536, Activation.GELU));

    @Test
    void product_countsMultiplicationsAndAdditions() {
        assertEquals(2.0 * 3 * 5 * 7, Flops.product(3, 5, 7));
        assertEquals(2e12, Flops.product(10_000, 10_000, 10_000)); // more than an int holds
    }

    @Test
    void attention_isFourTimesLengthSquaredHeadSizeHeads() {
        assertEquals(4.0 * 512 * 512 * 64 * 8, Flops.attention(8, 512, 64));
    }

    @Test
    void encoder_addsProductsAndAttentions_ofTheRealTokens() {
        double weights = 6 * (4.0 * 384 * 384 + 2.0 * 384 * 1536);
        double attention = 6 * 4.0 * 384; // times length squared
        assertEquals(2 * weights * 1024 + attention * 8 * 128 * 128,
                Flops.encoder(MINILM, new int[]{128, 128, 128, 128, 128, 128, 128, 128}));
        assertEquals(2 * weights * 20 + attention * (4 * 4 + 16 * 16), Flops.encoder(MINILM, new int[]{4, 16}));
    }

    @Test
    void decoder_seesHalfOfTheScores_andHasOneTokensLogits() {
        TransformerSpec spec = TransformerSpec.decoder("test", new EmbeddingSpec(1000, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, 512, 0),
                new StackSpec(6, 384, StackSpec.NormPlacement.PRE, new NormSpec(NormSpec.Kind.RMS, 1e-5),
                        new AttentionSpec(12, 32, 1), new FeedForwardSpec(1536, Activation.GELU)),
                new OutputSpec(true, false, 1, 0));
        assertEquals(Flops.encoder(MINILM, new int[]{100}) - 6 * 2.0 * 384 * 100 * 100 + 2.0 * 384 * 1000,
                Flops.decoder(spec, 100));
    }
}
