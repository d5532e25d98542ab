package dev.lanewise;

import dev.lanewise.spec.Activation;
import dev.lanewise.spec.AttentionSpec;
import dev.lanewise.spec.EmbeddingSpec;
import dev.lanewise.spec.FeedForwardSpec;
import dev.lanewise.spec.NormSpec;
import dev.lanewise.spec.OutputSpec;
import dev.lanewise.spec.PositionSpec;
import dev.lanewise.spec.SourceSpec;
import dev.lanewise.spec.StackSpec;
import dev.lanewise.spec.StackSpec.NormPlacement;
import dev.lanewise.spec.StemSpec;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.AddedToken;
import dev.lanewise.tokenizer.BertNormalizer;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tokenizer.TokenizerSpec;
import dev.lanewise.weights.Metadata;
import dev.lanewise.writer.TokenizerWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Models that hear, of Whisper's shape and with its control tokens, but small and with random weights. */
final class RandomHearing {
    /** The languages of the one that knows several. */
    static final List<String> LANGUAGES = List.of("en", "zh", "de");
    /** How many tokens a text and what comes before it may have. */
    static final int TOKENS = 64;

    private static final int SEVERAL = 51_865;
    private static final int CONTROL = 8;
    private static final int TIMES = 1501;

    private RandomHearing() {}

    /** One that knows several languages, as a multilingual vocabulary is large. */
    static Path several(Path file) throws IOException {
        return write(file, SEVERAL - CONTROL - LANGUAGES.size() - TIMES, LANGUAGES, true);
    }

    /** One that knows English alone. */
    static Path english(Path file) throws IOException {
        return write(file, 50, LANGUAGES, true);
    }

    /** One without the tokens of times. */
    static Path timeless(Path file) throws IOException {
        return write(file, 50, LANGUAGES, false);
    }

    private static Path write(Path file, int words, List<String> languages, boolean times) throws IOException {
        String[] vocabulary = new String[words];
        for (int id = 0; id < words; id++) {
            vocabulary[id] = id == 0 ? "[UNK]" : "w" + id;
        }
        List<String> control = new ArrayList<>(List.of("endoftext", "startoftranscript"));
        control.addAll(languages);
        control.addAll(List.of("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"));
        for (int time = 0; times && time < TIMES; time++) {
            control.add(String.format(Locale.ROOT, "%.2f", time * 0.02));
        }
        List<AddedToken> added = new ArrayList<>();
        for (String name : control) {
            added.add(AddedToken.special(words + added.size(), "<|" + name + "|>"));
        }
        Metadata.Builder metadata = Metadata.builder();
        TokenizerWriter.write(new Tokenizer(TokenizerSpec.wordPiece(vocabulary, "[UNK]", "##", 100,
                new BertNormalizer(false, false, false, false), added, Template.PLAIN, Template.PLAIN_PAIR, false)),
                metadata);
        return RandomDecoder.write(file, spec(words + added.size()), DataType.F32, 5, metadata);
    }

    private static TransformerSpec spec(int vocabulary) {
        AttentionSpec attention = new AttentionSpec(2, 8, 0.5);
        FeedForwardSpec feedForward = new FeedForwardSpec(24, Activation.GELU);
        NormSpec norm = new NormSpec(NormSpec.Kind.LAYER, 1e-5);
        StackSpec encoder = new StackSpec(1, 16, NormPlacement.PRE, norm, List.of(attention), List.of(0), null,
                feedForward, 1, true);
        StackSpec decoder = new StackSpec(2, 16, NormPlacement.PRE, norm, List.of(attention), List.of(0), attention,
                feedForward, 1, true);
        return TransformerSpec.encoderDecoder("hearing",
                new SourceSpec(null, false, new PositionSpec(PositionSpec.Kind.LEARNED, 1500, 0), encoder,
                        new StemSpec(20, 2, 2, Activation.GELU)),
                new EmbeddingSpec(vocabulary, 0, null), new PositionSpec(PositionSpec.Kind.LEARNED, TOKENS, 0), decoder,
                new OutputSpec(true, false, 1, 0));
    }
}
