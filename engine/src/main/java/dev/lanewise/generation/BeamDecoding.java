package dev.lanewise.generation;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.BeamCaches;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.Session;

/**
 * One source that is being decoded: what the decoder reads of it, its hypotheses, and their keys and values. Whoever decodes puts
 * the hypotheses of one source, or of many, into a batch, computes it, and has each source choose. Memory is reused by the next
 * source. Not thread-safe.
 */
public final class BeamDecoding {
    /** Multiply-adds that take as long as looking at a logit. */
    public static final long LOOK = 8;

    private EncodedSource source;
    private BeamCaches caches;
    private final BeamSearch search;
    private final int[] one = new int[1];
    private int[] prompt;
    private int firstRow; // of the pass

    /** Room for a source, and as many hypotheses as the rules have beams. */
    public BeamDecoding(TransformerSpec spec, BeamSpec rules) {
        source = new EncodedSource(spec);
        caches = new BeamCaches(spec.stack(), rules.rules().beams());
        search = new BeamSearch(rules, Kernels.select(), spec.embedding().vocabulary());
    }

    /**
     * Begins with another source, which is to be encoded.
     *
     * @param ids what every hypothesis begins with, at least one id
     */
    public void start(int[] ids) {
        prompt = ids;
        caches.clear();
        search.start(ids);
    }

    /** What the source is encoded to. */
    public EncodedSource source() {
        return source;
    }

    /** Its hypotheses. */
    public BeamSearch search() {
        return search;
    }

    /**
     * Adds the last token of each hypothesis to a batch, at first the prompt.
     *
     * @param last gets which tokens of the batch are the last ones, from {@code count} on
     * @return how many of them there are now
     */
    public int add(Batch batch, int[] last, int count) {
        firstRow = count;
        for (int row = 0; row < search.rows(); row++) {
            boolean fresh = search.row(row).tokens() == 0;
            one[0] = search.row(row).last();
            int tokens = fresh ? prompt.length : 1;
            batch.add(fresh ? prompt : one, 0, tokens, caches.row(row, tokens), source);
            last[count + row] = batch.tokens() - 1;
        }
        return count + search.rows();
    }

    /** Chooses a token for each hypothesis, whose logits the session has. Sources of one pass may do so in parallel. */
    public void choose(Session session) {
        search.step(session.logits(), firstRow * session.logitsStride(), session.logitsStride());
        if (!search.done()) {
            caches.reorder(search.parents(), search.rows());
        }
    }

    /**
     * Gives up the keys and values of its hypotheses, and no source follows.
     *
     * @param all also those of the source, to which nothing is going to be aligned
     */
    public void release(boolean all) {
        caches = null;
        source = all ? null : source;
    }

    /** The token that was chosen last, of a single hypothesis; -1 if there is none. */
    public int chosen() {
        if (search.rows() + search.endedCount() == 0) {
            return -1;
        }
        return (search.done() ? search.ended(0) : search.row(0)).last();
    }
}
