package dev.lanewise.tools.convert;

import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.ctranslate2.ModelBin;
import dev.lanewise.tools.convert.huggingface.HuggingFaceFolder;
import dev.lanewise.tools.convert.huggingface.TokenizerJson;
import dev.lanewise.tools.convert.huggingface.VocabTxt;
import dev.lanewise.tools.convert.huggingface.WeightFiles;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceModel;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Tokenizers without a model. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    /** The tokenizer that a file is, or that a folder without weights holds; empty if it is something else. */
    static Optional<Tokenizer> alone(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return WeightFiles.areIn(path) || Files.exists(path.resolve(ModelBin.NAME))
                    ? Optional.empty()
                    : HuggingFaceFolder.tokenizer(path);
        }
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        return switch (path.getFileName().toString()) {
            case "tokenizer.json" -> Optional.of(TokenizerJson.read(path));
            case "vocab.txt" -> Optional.of(VocabTxt.read(path));
            case String name when name.endsWith(".spm") || name.endsWith(".model") -> {
                SentencePieceModel model = SentencePieceModel.read(path);
                yield Optional.of(SentencePieceTokenizer.of(model, id -> id)
                        .make(model.pieces().get(model.unknown()).text()));
            }
            default -> Optional.empty();
        };
    }
}
