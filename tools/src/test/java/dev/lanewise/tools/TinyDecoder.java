package dev.lanewise.tools;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.RotarySpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tensor.TensorInfo;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.LaneWriter;
import dev.lanewise.writer.SpecWriter;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A decoder of random weights, with a tokenizer of two letters a token and a chat template. */
public final class TinyDecoder {
    /** How many ids it has. */
    public static final int VOCABULARY = 60;
    /** How many tokens it takes. */
    public static final int POSITIONS = 200;

    private static final String TEMPLATE = "{% for m in messages %}"
            + "{% if m.content == 'refused' %}{{ raise_exception('not that') }}{% endif %}"
            + "<{{ m.role }}> {{ m.content }} <end>{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}";

    private TinyDecoder() {}

    /** Writes the model, with or without what makes text of ids. */
    public static Path write(Path file, boolean withText) throws IOException {
        TransformerSpec spec = TransformerSpec.decoder("tiny", new EmbeddingSpec(VOCABULARY, 0, null),
                new PositionSpec(PositionSpec.Kind.NONE, POSITIONS, 0),
                new StackSpec(2, 32, NormPlacement.PRE, new NormSpec(NormSpec.Kind.RMS, 1e-5),
                        List.of(new AttentionSpec(4, 2, 8, 0.35, 0, 0, false, false, null, new RotarySpec(1e4, 8),
                                false)),
                        List.of(0), new FeedForwardSpec(48, Activation.SILU, true, false, null), 1, true),
                new OutputSpec(true, false, 1, 15));
        Metadata.Builder metadata = Metadata.builder();
        SpecWriter.write(spec, metadata);
        if (withText) {
            TokenizerWriter.write(tokenizer(), metadata);
            metadata.put("chat.template", TEMPLATE);
        }
        Random random = new Random(5);
        List<TensorInfo> infos = spec.tensors(DataType.F32).toList();
        try (LaneWriter writer = new LaneWriter(file, metadata.build(), infos)) {
            for (TensorInfo info : infos) {
                writer.write((row, into) -> {
                    for (int i = 0; i < info.columns(); i++) {
                        into[i] = (float) ((info.shape().size() == 1 ? 1 : 0) + random.nextGaussian() * 0.3);
                    }
                });
            }
            writer.finish();
        }
        return file;
    }

    private static Tokenizer tokenizer() {
        String[] pieces = new String[VOCABULARY];
        List<String> special = List.of("<unk>", "<user>", "<assistant>", "<system>", "<end>");
        for (int id = 0; id < pieces.length; id++) {
            pieces[id] = id < special.size() ? special.get(id) : "" + (char) ('a' + id % 9) + (char) ('a' + id / 9);
        }
        return new Tokenizer(TokenizerSpec.wordPiece(pieces, "<unk>", "##", 100,
                new BertNormalizer(true, true, true, true),
                List.of(AddedToken.special(1, "<user>"), AddedToken.special(2, "<assistant>"),
                        AddedToken.special(3, "<system>"), AddedToken.special(4, "<end>")),
                Template.PLAIN, Template.PLAIN_PAIR, false));
    }
}
