package dev.lanewise.generation;

import dev.lanewise.tokenizer.Tokenizer;
import java.util.stream.IntStream;

/**
 * The control tokens of models that were trained as Whisper was (Radford et al., 2022), found by their spelling. Behind the ids
 * of text come in this order: the end, the start, the languages, the tasks, three that steer, {@code <|notimestamps|>}, and the
 * times from 0 s to 30 s.
 *
 * @param end ends a text; ids before it are text
 * @param start begins one
 * @param languages of each language; empty if the model knows one alone, and takes neither language nor task
 * @param translate the task of translating into English
 * @param transcribe the task of writing down what is said
 * @param previous comes before text of the time before
 * @param noSpeech whose probability at {@code start} tells that nobody speaks
 * @param noTimes asks for text without times
 * @param firstTime 0 s; the ids behind it are 20 ms apart
 * @param lastTime 30 s
 */
public record SpeechTokens(int end, int start, int[] languages, int translate, int transcribe, int previous,
        int noSpeech, int noTimes, int firstTime, int lastTime) {
    /** How many ids models of several languages have at least; those of English alone have one less. */
    private static final int SEVERAL_LANGUAGES = 51_865;
    private static final int TIMES = 1501;

    /**
     * Those of a tokenizer.
     *
     * @param vocabulary how many ids the model has
     * @return null if it has none such, or not in this order
     */
    public static SpeechTokens of(Tokenizer tokenizer, int vocabulary) {
        int end = tokenizer.id("<|endoftext|>");
        int start = tokenizer.id("<|startoftranscript|>");
        int translate = tokenizer.id("<|translate|>");
        int noTimes = tokenizer.id("<|notimestamps|>");
        int last = noTimes + TIMES;
        if (end <= 0 || start != end + 1 || translate <= start || noTimes != translate + 5
                || tokenizer.id("<|transcribe|>") != translate + 1
                || tokenizer.id("<|startofprev|>") != translate + 3 || last >= vocabulary) {
            return null;
        }
        int[] languages = vocabulary < SEVERAL_LANGUAGES
                ? new int[0]
                : IntStream.range(start + 1, translate).toArray();
        return new SpeechTokens(end, start, languages, translate, translate + 1, translate + 3, translate + 4, noTimes,
                noTimes + 1, last);
    }

    /** Whether an id is one of a time. */
    public boolean isTime(int id) {
        return id >= firstTime && id <= lastTime;
    }
}
