package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import java.util.Arrays;

/**
 * The scaled dot-product attention of all heads and texts of a pass, in parallel. Keys and values of a text are packed first:
 * behind those of its {@link KeyValueCache}, or, where it has none, into memory of the session; those of an
 * {@link EncodedSource} are packed already. Heads of queries that share
 * a head of keys read it where it is. One a session, reused.
 */
final class ScaledDotProductAttention {
    /** Query tiles of a task, at most: long texts are shared out among threads. */
    private static final int TILES = 16;
    /** Multiply-adds that take as long as packing an element: each of a key is written to a line of the cache of its own. */
    private static final int PACKING = 16;

    private final Session session;
    private final Kernels kernels;
    private final Crew.Job packing = this::pack;
    private final Crew.Job attending = this::attend;
    private final Crew.Job grouping = this::attendGroup;
    private final Crew.Job encoding = this::encode;

    private int layer;
    private AttentionSpec spec;
    private ScoreRule rule;
    private boolean cross;
    private int parts; // of each group of heads that share a head of keys, so that there is a task for each thread
    private ScoreBias.Spread bias; // null where scores have none
    private EncodedSource[] sources; // that are being made of the batch's texts
    private int[] chunks = new int[9]; // [texts + 1], chunks of queries before each text
    private int[] keyStarts = new int[9]; // [texts + 1], keys before each text, its last panel filled up
    private float[] keyPanels = {}; // [texts][heads][keys, in panels][headSize]
    private float[] valuePanels = {}; // [texts][heads][headSize, in panels][keys]
    private final float[][] keyPages = new float[1][]; // the keys of texts without a cache, as one page
    private final float[][] valuePages = new float[1][];
    private final HeadView[] views; // [threads]

    ScaledDotProductAttention(Session session, int threads) {
        this.session = session;
        this.views = new HeadView[threads];
        this.kernels = session.kernels();
        Arrays.setAll(views, member -> new HeadView(kernels));
    }

    /**
     * Reads the session's queries, keys and values, writes its context.
     *
     * @param cross whether keys and values are those of the texts' sources
     * @param added to scores, or null
     */
    void attend(int layer, AttentionSpec spec, ScoreRule rule, boolean cross, ScoreBias added) {
        this.layer = layer;
        this.spec = spec;
        this.rule = rule;
        this.cross = cross;
        Batch batch = session.batch();
        int texts = batch.texts();
        bias = added == null ? null : session.spread(layer, spec);
        if (bias != null) {
            bias.prepare(added, batch.keys(), rule.after() > 0);
        }
        if (texts >= chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * texts + 1);
            keyStarts = Arrays.copyOf(keyStarts, 2 * texts + 1);
        }
        long pairs = 0; // of queries and keys
        for (int text = 0; text < texts; text++) {
            int length = batch.length(text);
            pairs += (long) length * (cross ? batch.source(text).length() : batch.keys(text));
            chunks[text + 1] = chunks[text] + Math.ceilDiv(length, chunk());
            keyStarts[text + 1] = keyStarts[text]
                    + (batch.cache(text) == null && !cross
                            ? Math.ceilDiv(length, Kernels.KEY_PANEL) * Kernels.KEY_PANEL
                            : 0);
        }
        grow(keyStarts[texts]);
        if (!cross) {
            session.run(packing, texts * spec.keyValueHeads(),
                    (long) PACKING * batch.tokens() * spec.keyValueWidth());
        } else if (session.alignment() != null) {
            session.alignment().take(session, layer, spec);
        }
        int group = spec.heads() / spec.keyValueHeads();
        boolean cached = keyStarts[texts] == 0 && !cross;
        if (batch.tokens() == texts && cached && bias == null) {
            parts = Math.min(group, Math.ceilDiv(views.length, texts * spec.keyValueHeads()));
            session.run(grouping, texts * spec.keyValueHeads() * parts, 2 * pairs * spec.queryWidth());
        } else {
            session.run(attending, chunks[texts] * spec.heads(), 2 * pairs * spec.queryWidth());
        }
    }

    /** Reads the session's keys and values, writes those of a layer of the sources. */
    void encode(int layer, AttentionSpec spec, EncodedSource[] sources) {
        this.layer = layer;
        this.spec = spec;
        this.sources = sources;
        session.run(encoding, session.batch().texts() * spec.keyValueHeads());
    }

    private void encode(int task, int member) {
        int text = task / spec.keyValueHeads();
        int head = task % spec.keyValueHeads();
        int stride = session.stride(spec.keyValueWidth());
        sources[text].write(kernels, layer, head, session.keyValue()[0], session.keyValue()[1],
                session.batch().start(text) * stride + head * spec.headSize(), stride);
    }

    private void grow(int keys) {
        int headSize = spec.headSize();
        if (keys * spec.keyValueHeads() * headSize > keyPanels.length) {
            keyPanels = new float[Math.multiplyExact(keys, spec.keyValueHeads() * headSize)];
            valuePanels = new float[Math.multiplyExact(keys, spec.keyValueHeads() * valueWidth())];
            keyPages[0] = keyPanels;
            valuePages[0] = valuePanels;
        }
    }

    /** The keys and values of one text, one head. */
    private void pack(int task, int member) {
        int text = task / spec.keyValueHeads();
        int head = task % spec.keyValueHeads();
        Batch batch = session.batch();
        float[] keys = session.queryKeyValue()[1];
        float[] values = session.queryKeyValue()[2];
        int stride = session.stride(spec.keyValueWidth());
        int from = batch.start(text) * stride + head * spec.headSize();
        int length = batch.length(text);
        if (batch.cache(text) != null) {
            batch.cache(text).append(kernels, layer, head, keys, values, from, stride, length);
        } else {
            kernels.packKeys(keyPanels, keysAt(text, head), keys, from, stride, length, spec.headSize());
            Kernels.packValues(valuePanels, valuesAt(text, head), length, values, from, stride, length,
                    spec.headSize());
        }
    }

    /** One chunk of one text's queries, one head. */
    private void attend(int task, int member) {
        int chunk = task / spec.heads();
        int head = task % spec.heads();
        int text = Arrays.binarySearch(chunks, 0, session.batch().texts() + 1, chunk);
        text = text >= 0 ? text : -text - 2;
        Batch batch = session.batch();
        int length = batch.length(text);
        int first = (chunk - chunks[text]) * chunk();
        int last = Math.min(length, first + chunk());
        int stride = session.stride(spec.queryWidth());
        int base = batch.start(text) * stride + head * spec.headSize();
        int shared = head / (spec.heads() / spec.keyValueHeads());
        KeyValueCache cache = batch.cache(text);
        if (cache != null && !cross) {
            int before = cache.length();
            views[member].look(cache, layer, shared, rule.first(before + first), before + last);
            views[member].all();
        }
        for (int query = first; query < last; query += kernels.queryTile()) {
            attend(text, head, shared, base + query * stride, query, Math.min(kernels.queryTile(), last - query),
                    member);
        }
    }

    /** The single query of one text, a part of the heads that share a head of keys. */
    private void attendGroup(int task, int member) {
        int group = spec.heads() / spec.keyValueHeads();
        int part = task % parts;
        int shared = task / parts % spec.keyValueHeads();
        int text = task / parts / spec.keyValueHeads();
        KeyValueCache cache = session.batch().cache(text);
        int place = cache.length();
        HeadView view = views[member];
        view.look(cache, layer, shared, rule.first(place), place + 1);
        int page = cache.plan().tokens();
        int base = session.batch().start(text) * session.stride(spec.queryWidth()) + shared * group * spec.headSize();
        int end = group * (part + 1) / parts;
        for (int head = group * part / parts; head < end; head += Kernels.GROUP) {
            int at = base + head * spec.headSize();
            kernels.attendGroup(session.context(), at, session.queryKeyValue()[0], at,
                    Math.min(Kernels.GROUP, end - head), place, view, view.keysAt(), view.valuesAt(), page, page,
                    place + 1, spec.headSize(), rule, session.attentionScratch(member));
        }
    }

    /** One tile of queries. */
    private void attend(int text, int head, int shared, int at, int query, int queries, int member) {
        Batch batch = session.batch();
        float[] added = bias == null ? null : bias.of(head);
        int origin = bias == null ? 0 : bias.origin();
        float[] from = session.queryKeyValue()[0];
        float[] scratch = session.attentionScratch(member);
        int stride = session.stride(spec.queryWidth());
        KeyValueCache cache = batch.cache(text);
        if (cross) {
            EncodedSource source = batch.source(text);
            int keys = source.length();
            kernels.attend(session.context(), at, stride, from, at, stride, queries, query, source.keys(layer),
                    source.keysAt(shared), source.values(layer), source.valuesAt(shared), keys, ScoreRule.ALL, keys,
                    spec.headSize(), rule, added, origin, scratch);
        } else if (cache != null) {
            HeadView view = views[member];
            int page = cache.plan().tokens();
            kernels.attend(session.context(), at, stride, from, at, stride, queries, cache.length() + query,
                    view.pages(), view.keysAt(), view.pages(), view.valuesAt(), page, page,
                    cache.length() + query + queries, spec.headSize(), rule, added, origin, scratch);
        } else {
            int keys = batch.length(text);
            kernels.attend(session.context(), at, stride, from, at, stride, queries, query, keyPages,
                    keysAt(text, shared), valuePages, valuesAt(text, shared), keys, ScoreRule.ALL, keys,
                    spec.headSize(), rule, added, origin, scratch);
        }
    }

    private int chunk() {
        return TILES * kernels.queryTile();
    }

    private int keysAt(int text, int head) {
        int padded = keyStarts[text + 1] - keyStarts[text];
        return (keyStarts[text] * spec.keyValueHeads() + head * padded) * spec.headSize();
    }

    private int valuesAt(int text, int head) {
        return (keyStarts[text] * spec.keyValueHeads() + head * session.batch().length(text)) * valueWidth();
    }

    /** The head size, filled up to whole panels of values. */
    private int valueWidth() {
        return Math.ceilDiv(spec.headSize(), Kernels.VALUE_PANEL) * Kernels.VALUE_PANEL;
    }
}
