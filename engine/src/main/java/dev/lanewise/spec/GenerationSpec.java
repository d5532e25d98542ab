package dev.lanewise.spec;

import dev.lanewise.weights.Metadata;
import dev.lanewise.weights.Metadata.MetadataException;

/**
 * How the texts of an encoder-decoder are made, as its source says: the ids that are set, and what holds where a caller asks
 * for nothing else. Metadata under {@value #PREFIX}.
 *
 * @param start the id that the decoder begins with; no part of the text
 * @param forcedFirst the id that every text begins with, or -1
 * @param forcedLast the id that a text ends with which reaches its longest, or -1
 * @param banned ids that never come; shared, not to be changed
 * @param bannedFirst ids that do not come first, nor behind a first one that is forced; shared, not to be changed
 * @param renormalized whether the probabilities of what is not banned are made to sum up to 1
 * @param minTokens how many tokens a text has at least, without the one that ends it
 * @param maxTokens how many it has at most, the one that ends it included; 0 where nothing is said
 * @param beams of beam search, 1 for none
 * @param lengthPenalty scores are divided by the length to this power
 * @param stopping when beam search ends
 * @param noRepeat 0, or how long sequences of tokens are that may come once only
 */
public record GenerationSpec(int start, int forcedFirst, int forcedLast, int[] banned, int[] bannedFirst,
        boolean renormalized, int minTokens, int maxTokens, int beams, double lengthPenalty, Stopping stopping,
        int noRepeat) {

    /** The prefix of all its keys; others may use it, too. */
    public static final String PREFIX = "generation.";
    private static final int[] NONE = {};
    private static final int MOST_BEAMS = 1024;

    /** When beam search ends. */
    public enum Stopping {
        /** As soon as there are as many ended texts as beams. */
        FIRST,
        /** When, by then, no text that goes on scores better than the worst of those, were it to end now. */
        ESTIMATE,
        /** When none that goes on could score better, however long it were. */
        NEVER
    }

    /** Beam search that ends as soon as there are as many ended texts as beams, their scores the means of their tokens'. */
    public static GenerationSpec beams(int beams, int maxTokens) {
        return new GenerationSpec(0, -1, -1, NONE, NONE, false, 0, maxTokens, beams, 1, Stopping.FIRST, 0);
    }

    /**
     * Reads it from a file's metadata.
     *
     * @param vocabulary how many ids there are
     * @return null where it says nothing
     * @throws MetadataException if a value is missing or wrong
     */
    public static GenerationSpec read(Metadata metadata, int vocabulary) {
        Metadata.Reader in = metadata.reader(PREFIX);
        if (!in.has("start")) {
            return null;
        }
        return new GenerationSpec(in.integer("start", 0, vocabulary - 1), id(in, "forced_first", vocabulary),
                id(in, "forced_last", vocabulary), ids(in, "banned", vocabulary), ids(in, "banned_first", vocabulary),
                in.flag("renormalized", false), whole(in, "min_tokens"), whole(in, "max_tokens"),
                in.has("beams") ? in.integer("beams", 1, MOST_BEAMS) : 1,
                in.has("length_penalty") ? in.number("length_penalty") : 1,
                in.has("stopping") ? in.word("stopping", Stopping.class) : Stopping.ESTIMATE, whole(in, "no_repeat"));
    }

    private static int id(Metadata.Reader in, String key, int vocabulary) {
        return in.has(key) ? in.integer(key, 0, vocabulary - 1) : -1;
    }

    private static int whole(Metadata.Reader in, String key) {
        return in.has(key) ? in.integer(key, 0, TransformerSpec.MOST) : 0;
    }

    private static int[] ids(Metadata.Reader in, String key, int vocabulary) {
        int[] ids = in.has(key) ? in.integers(key) : NONE;
        for (int id : ids) {
            in.require(id >= 0 && id < vocabulary, key, "ids from 0 to " + (vocabulary - 1), id);
        }
        return ids;
    }
}
