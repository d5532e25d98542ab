package dev.lanewise.tools.convert.ctranslate2;

import dev.lanewise.error.ModelFormatException;
import dev.lanewise.tokenizer.Template;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.tools.convert.Json;
import dev.lanewise.tools.convert.RankedTokenizer;
import dev.lanewise.tools.convert.VocabularyTokenizer;
import dev.lanewise.tools.convert.VocabularyTokenizer.Units;
import dev.lanewise.tools.convert.ctranslate2.CTranslate2Folder.Control;
import dev.lanewise.tools.convert.huggingface.TokenizerJson;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceModel;
import dev.lanewise.tools.convert.sentencepiece.SentencePieceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tokenizers of a folder, which CTranslate2 leaves to its callers: {@code tokenizer.json} or files of SentencePiece if they
 * lie beside the model, otherwise the vocabularies alone.
 *
 * @param source of what is read
 * @param target of what is written, where that is another
 */
record FolderTokenizers(Tokenizer source, Optional<Tokenizer> target) {
    private static final String MARIAN = "source.spm";
    private static final String OF_ANYBODY = "sentencepiece.model";
    /** As transformers names them: what its tokenizers make of a text ends, whatever the configuration says. */
    private static final List<String> OF_TRANSFORMERS = List.of("sentencepiece.bpe.model", "spiece.model");
    private static final Set<String> SPECIAL = Set.of("<blank>", "<pad>", "<s>", "</s>", "<unk>");

    /** @param control null where there is no text but speech */
    static FolderTokenizers of(Path folder, VocabularyFile source, VocabularyFile target, Control control)
            throws IOException {
        Path json = folder.resolve("tokenizer.json");
        if (Files.exists(json)) {
            Tokenizer tokenizer = TokenizerJson.read(json);
            checkSame(json, tokenizer, source);
            checkSame(json, tokenizer, target);
            return new FolderTokenizers(tokenizer, Optional.empty());
        }
        if (control == null) {
            return new FolderTokenizers(RankedTokenizer.of(target.file().toString(), target.tokens()),
                    Optional.empty());
        }
        boolean same = source.tokens().equals(target.tokens());
        if (Files.exists(folder.resolve(MARIAN)) && Files.exists(folder.resolve("target.spm"))) {
            // Marian's sources end with it, whoever adds it.
            return new FolderTokenizers(
                    pieces(folder.resolve(MARIAN), source, control, List.of(), List.of(control.end())),
                    Optional.of(pieces(folder.resolve("target.spm"), target, control, List.of(), List.of())));
        }
        List<String> before = control.addBegin() ? List.of(control.begin()) : List.of();
        List<String> after = control.addEnd() ? List.of(control.end()) : List.of();
        for (String name : List.of(OF_ANYBODY, OF_TRANSFORMERS.getFirst(), OF_TRANSFORMERS.getLast())) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                return new FolderTokenizers(pieces(file, source, control, before,
                        OF_TRANSFORMERS.contains(name) ? List.of(control.end()) : after),
                        same
                                ? Optional.empty()
                                : Optional.of(pieces(file, target, control, List.of(), List.of())));
            }
        }
        return new FolderTokenizers(words(source, control, before, after),
                same ? Optional.empty() : Optional.of(words(target, control, List.of(), List.of())));
    }

    private static Tokenizer pieces(Path file, VocabularyFile vocabulary, Control control, List<String> before,
            List<String> after) throws IOException {
        Map<String, Integer> ids = vocabulary.ids();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.of(SentencePieceModel.read(file), ids);
        special(vocabulary, control).forEach(token -> tokenizer.add(ids.get(token), token, true));
        return tokenizer.around(before, after).make(control.unknown());
    }

    private static Tokenizer words(VocabularyFile vocabulary, Control control, List<String> before,
            List<String> after) {
        Set<String> special = special(vocabulary, control);
        Units units = Units.of(vocabulary.tokens(), special);
        List<Integer> ids = new ArrayList<>();
        before.forEach(token -> ids.add(vocabulary.id(token)));
        ids.add(Template.A);
        after.forEach(token -> ids.add(vocabulary.id(token)));
        return VocabularyTokenizer.of(vocabulary.file().toString(), vocabulary.tokens(), special, control.unknown(),
                units, units, false,
                new Template(ids.stream().mapToInt(Integer::intValue).toArray(), new int[ids.size()]));
    }

    private static Set<String> special(VocabularyFile vocabulary, Control control) {
        Set<String> special = new HashSet<>(SPECIAL);
        special.addAll(List.of(control.unknown(), control.begin(), control.end()));
        special.retainAll(new HashSet<>(vocabulary.tokens()));
        return special;
    }

    private static void checkSame(Path file, Tokenizer tokenizer, VocabularyFile vocabulary) {
        for (int id = 0; id < Math.min(tokenizer.size(), vocabulary.tokens().size()); id++) {
            String piece = tokenizer.piece(id);
            String token = vocabulary.tokens().get(id);
            if (piece != null && !token.isEmpty() && !piece.equals(token)) {
                throw new ModelFormatException(file.toString(), -1, "token " + id,
                        Json.quoted(token) + ", as in " + vocabulary.file().getFileName(), Json.quoted(piece));
            }
        }
    }
}
