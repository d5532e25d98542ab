package dev.lanewise.bench.peer;

import java.util.List;
import java.util.Optional;

/**
 * Another engine. Found by {@link java.util.ServiceLoader} in a jar of {@code bench/peers}; one instance a run, used by one
 * thread. What it cannot do is empty; what it can do and fails at is an exception.
 */
public interface Peer {

    /** What it is, with its version, for people. */
    String title();

    /** Prepares a whole encoder on given token ids. */
    default Optional<Work> embed(EmbedTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /**
     * Prepares an encoder for callers who share it: the same task for each of them, to be run by as many threads at once.
     *
     * @param threads how many threads compute what one of them asks for
     */
    default List<Work> embedShared(EmbedTask task, int callers, int threads) throws Exception {
        return List.of();
    }

    /** Prepares a decoder. */
    default Optional<Decoding> generate(GenerateTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /** Prepares an encoder-decoder. */
    default Optional<Translating> translate(TranslateTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /** Prepares speech to text; the results are the ids of the text. */
    default Optional<Work> transcribe(TranscribeTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /** Prepares a matrix product. */
    default Optional<Work> product(ProductTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /** Prepares an attention. */
    default Optional<Work> attention(AttentionTask task, int threads) throws Exception {
        return Optional.empty();
    }

    /**
     * The class whose {@code main} embeds one text in a JVM of its own: arguments are the ONNX file and the token ids,
     * separated by commas; it prints the vector, separated by spaces.
     */
    default Optional<String> startClass() {
        return Optional.empty();
    }
}
