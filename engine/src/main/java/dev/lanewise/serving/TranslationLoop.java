package dev.lanewise.serving;

import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.RequestRejectedException.Reason;
import dev.lanewise.generation.BeamDecoding;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.TransformerSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.EncoderDecoder;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Continuous batching of translations: every step encodes some of the sources that have come, and chooses the next token of every
 * hypothesis of every source that is being translated. A source is encoded whole, so others wait at most for one pass of
 * {@code prefillTokens} tokens, or of a single source that has more.
 *
 * <p>Sources are admitted in the order in which they came, as soon as there is memory for all that they may come to need.
 */
public final class TranslationLoop extends RequestLoop<TranslationRequest<?>> {
    private final EncoderDecoder network;
    private final Session session;
    private final TransformerSpec spec;
    private final long budget;
    private final int batchTokens;
    private final int prefillTokens;
    private final int mostRows;
    private final Crew.Job choosing = this::choose;
    private final List<TranslationRequest<?>> encoding = new ArrayList<>(); // the last ones of those that run
    private EncodedSource[] sources = new EncodedSource[8]; // of those that are being encoded
    private int[] last; // [rows], which tokens of the batch choose
    private int rows; // of all that run, at most
    private volatile long reserved;
    private volatile long tokens;

    /**
     * @param session for this loop alone
     * @param cacheBytes how much memory keys and values may take
     * @param batchTokens how many tokens of sources are encoded at once, at most, unless one has more
     * @param prefillTokens the same while others wait for their next token
     * @param mostRows how many hypotheses there are at once, at most, unless one source has more
     */
    public TranslationLoop(EncoderDecoder network, Session session, TransformerSpec spec, long cacheBytes,
            int batchTokens, int prefillTokens, int mostRows, RequestQueue<TranslationRequest<?>> queue) {
        super(queue);
        this.network = network;
        this.session = session;
        this.spec = spec;
        budget = cacheBytes;
        this.batchTokens = batchTokens;
        this.prefillTokens = prefillTokens;
        this.mostRows = mostRows;
        last = new int[mostRows];
        start();
    }

    /** Hands over a request; one that can never have the memory that it may need is rejected. */
    @Override
    public void submit(TranslationRequest<?> request) {
        submit(request, bytes(request) <= budget);
    }

    /** What keys and values of a source and its hypotheses come to take, at most. Those of a hypothesis are doubled as it grows. */
    private long bytes(TranslationRequest<?> request) {
        int pages = Integer.highestOneBit(2 * Math.ceilDiv(request.longest, KeyValueCache.PAGE) - 1);
        return (long) request.beams * pages * KeyValueCache.pageBytes(spec.stack(), DataType.F32)
                + EncodedSource.bytes(spec, request.source.length);
    }

    @Override
    protected void step() {
        letGo();
        PassEvent event = PassEvent.start();
        int encoded = admit();
        int decoding = decode();
        if (event != null && encoded + decoding > 0) {
            event.finish(running().size(), encoded, decoding, waiting(), 0);
        }
    }

    /** Encodes sources for which there is room; how many tokens. */
    private int admit() {
        Batch batch = session.source().batch();
        batch.clear();
        int most = running().isEmpty() ? batchTokens : prefillTokens;
        int admitted = 0;
        while (admitted < waiting()) {
            TranslationRequest<?> request = waiting(admitted);
            boolean fits = rows + request.beams <= mostRows && reserved + bytes(request) <= budget;
            if (!fits && !running().isEmpty() || batch.texts() > 0 && batch.tokens() + request.source.length > most) {
                break;
            }
            admitted++;
            running().add(request);
            encoding.add(request);
            rows += request.beams;
            reserved += bytes(request);
            try {
                request.begin(request.begin());
                request.decoding().source().begin(request.source.length);
                batch.add(request.source, null, 0, request.source.length);
            } catch (RuntimeException | Error e) {
                fail(request, e);
            }
        }
        admitted(admitted);
        int count = batch.tokens();
        if (count > 0) {
            encode();
        }
        encoding.clear();
        return count;
    }

    private void encode() {
        if (sources.length < encoding.size()) {
            sources = new EncodedSource[2 * encoding.size()];
        }
        for (int i = 0; i < encoding.size(); i++) {
            sources[i] = encoding.get(i).decoding().source();
        }
        try {
            if (!network.encode(session, sources, cancelling())) {
                throw new RequestRejectedException(Reason.CLOSED);
            }
        } catch (RuntimeException | Error e) {
            failAll(encoding, e);
        }
        tokens += session.source().batch().tokens();
        Arrays.fill(sources, null); // no source is kept longer than its request
    }

    /** Chooses a token for every hypothesis; how many there are. */
    private int decode() {
        Batch batch = session.batch();
        int count = addAll(batch);
        if (count == 0) {
            return 0;
        }
        try {
            if (!network.forward(session, cancelling())) {
                throw new RequestRejectedException(Reason.CLOSED);
            }
            network.logits(session, last, count);
            tokens += batch.tokens();
            session.share(choosing, running().size(), BeamDecoding.LOOK * count * session.logitsStride());
        } catch (RuntimeException | Error e) {
            failAll(running(), e);
        } finally {
            batch.clear(); // keys and values are kept no longer than their requests
        }
        for (int i = running().size() - 1; i >= 0; i--) {
            tellChosen(running().get(i));
        }
        return count;
    }

    /** Adds the last token of every hypothesis; how many there are. */
    private int addAll(Batch batch) {
        batch.clear();
        int count = 0;
        for (int i = 0; i < running().size(); i++) {
            TranslationRequest<?> request = running().get(i);
            try {
                if (last.length < rows) {
                    last = new int[rows];
                }
                count = request.decoding().add(batch, last, count); // which may need memory
            } catch (RuntimeException | Error e) {
                fail(request, e);
                batch.clear();
                count = 0;
                i = -1; // the others again, without what was added of it
            }
        }
        return count;
    }

    private void choose(int task, int member) {
        running().get(task).decoding().choose(session);
    }

    private void tellChosen(TranslationRequest<?> request) {
        try {
            request.chosen();
        } catch (RuntimeException | Error e) {
            fail(request, e);
            return;
        }
        if (request.decoding().search().done()) {
            end(request, Outcome.COMPLETED, null);
        } else {
            tell(request);
        }
    }

    @Override
    protected void release(TranslationRequest<?> request) {
        encoding.remove(request);
        if (request.decoding() != null) {
            request.decoding().release(!request.aligned); // whoever hears the answer may be slow
        }
        rows -= request.beams;
        reserved -= bytes(request);
    }

    @Override
    public long tokens() {
        return tokens;
    }

    /** How much memory keys and values of all that run may come to take. */
    @Override
    public long cacheBytes() {
        return reserved;
    }
}
