package dev.lanewise;

import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.generation.BeamSearch;
import dev.lanewise.generation.BeamSpec;
import dev.lanewise.generation.Hypothesis;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.GenerationSpec;
import dev.lanewise.tensor.DataType;
import dev.lanewise.tokenizer.Tokenizer;
import dev.lanewise.transformer.Alignment;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.BeamCaches;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.KeyValueCache;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The translation of the sources of one call. Several are decoded together, all their hypotheses in one pass; when half of
 * them have ended, the next ones take their places. A pass allocates nothing but longer buffers now and then. Not thread-safe.
 */
final class TranslationRun {
    /** Hypotheses of a pass, at most, unless one source has more: enough for full speed. */
    private static final int MOST_ROWS = 64;
    /** Logits of a pass, at most, unless one source has more: it bounds the memory. */
    private static final int MOST_LOGITS = 1 << 22;
    /** Multiply-adds that take as long as looking at a logit. */
    private static final long LOOK = 8;
    /** Tokens of sources that are encoded together, at most, unless one has more. */
    private static final int MOST_TOKENS = 1024;

    /** A source that is being translated, or room for one. */
    private static final class Place {
        private final EncodedSource source;
        private final BeamCaches caches;
        private final BeamSearch search;
        private int index; // of the source in the call
        private int firstRow; // of the pass

        Place(Model model, BeamSpec spec) {
            source = new EncodedSource(model.spec());
            caches = new BeamCaches(model.spec().stack(), spec.rules().beams());
            search = new BeamSearch(spec, Kernels.select(), model.vocabulary());
        }
    }

    private final Model model;
    private final List<int[]> sources;
    private final TranslationOptions options;
    private final List<TranslationOptions.Head> heads; // that show what is attended to
    private final BeamSpec spec;
    private final int[] prompt;
    private final GenerationListener listener; // or null
    private final Tokenizer tokenizer; // of what is written, or null
    private final TextStream text; // of what the listener hears; null if there is none
    private final Translation[] results; // [sources]
    private final StopSignal stop;

    private final int places;
    private final List<Place> busy = new ArrayList<>();
    private final List<Place> idle = new ArrayList<>();
    private final EncodedSource[] encoding; // [places]
    private final int[] last; // [rows of a pass], the last token of each
    private final int[] one = new int[1];
    private final Crew.Job choosing = this::choose;
    private Session session; // of the pass whose logits are looked at
    private int next; // the first source that has not begun

    TranslationRun(Model model, List<int[]> sources, TranslationOptions options, GenerationSpec rules, int[] prompt,
            GenerationListener listener) {
        this.model = model;
        this.sources = sources;
        this.options = options;
        heads = options.alignment().isEmpty() && options.coveragePenalty() > 0
                ? List.of(new TranslationOptions.Head(model.spec().stack().layers() - 1, 0))
                : options.alignment();
        this.prompt = prompt;
        this.listener = listener;
        tokenizer = model.targetTokenizer();
        text = listener != null && tokenizer != null
                ? new TextStream(tokenizer, List.of(), Arrays.copyOfRange(prompt, 1, prompt.length))
                : null;
        spec = new BeamSpec(rules, options.form().offset(), options.form().countsEnd(),
                Arrays.stream(model.endIds()).filter(id -> id >= 0 && id < model.vocabulary()).toArray());
        results = new Translation[sources.size()];
        stop = new StopSignal(options.cancelWhen(), options.timeLimit());
        int rows = Math.clamp(MOST_LOGITS / model.vocabulary(), 1, MOST_ROWS);
        places = Math.max(1, rows / rules.beams());
        encoding = new EncodedSource[places];
        last = new int[places * rules.beams()];
    }

    List<Translation> run() {
        boolean going = true;
        while (going && (next < sources.size() || !busy.isEmpty())) {
            going = !stop.getAsBoolean() && begin() && step();
        }
        for (Place place : busy) {
            place.search.stop();
            end(place);
        }
        for (; next < results.length; next++) {
            results[next] = new Translation(sources.get(next), List.of());
        }
        return List.of(results);
    }

    /**
     * Encodes as many sources as there is room for, if that is worth a pass.
     *
     * @return whether it was not stopped
     */
    private boolean begin() {
        if (busy.size() > places / 2 || next == sources.size()) {
            return true;
        }
        SessionPool.Lease lease = model.sessions().take();
        Batch batch = lease.session().source().batch();
        try {
            batch.clear();
            int before = busy.size();
            for (; next < sources.size() && busy.size() < places; next++) {
                int[] ids = sources.get(next);
                if (ids.length == 0) {
                    results[next] = new Translation(ids, List.of(new Translation.Hypothesis(new int[0], "", 0,
                            FinishReason.STOP_TOKEN, new float[0], new float[0][])));
                    continue;
                }
                if (batch.texts() > 0 && batch.tokens() + ids.length > MOST_TOKENS) {
                    break;
                }
                Place place = idle.isEmpty() ? new Place(model, spec) : idle.removeLast();
                place.index = next;
                place.caches.clear();
                place.search.start(prompt);
                encoding[batch.texts()] = place.source;
                batch.add(ids, null, 0, ids.length);
                busy.add(place);
            }
            return busy.size() == before || model.encoderDecoder().encode(lease.session(), encoding, stop);
        } finally {
            batch.clear();
            model.sessions().giveBack(lease);
        }
    }

    /**
     * Chooses a token for every hypothesis.
     *
     * @return whether it was not stopped
     */
    private boolean step() {
        SessionPool.Lease lease = model.sessions().take();
        Session session = lease.session();
        Batch batch = session.batch();
        try {
            batch.clear();
            for (int i = 0; i < busy.size(); i++) {
                Place place = busy.get(i);
                place.firstRow = batch.texts();
                for (int row = 0; row < place.search.rows(); row++) {
                    Hypothesis hypothesis = place.search.row(row);
                    boolean fresh = hypothesis.tokens() == 0;
                    one[0] = hypothesis.last();
                    int count = fresh ? prompt.length : 1;
                    batch.add(fresh ? prompt : one, 0, count, place.caches.row(row, count), place.source);
                    last[batch.texts() - 1] = batch.tokens() - 1;
                }
            }
            if (batch.texts() == 0) {
                return true;
            }
            if (!model.encoderDecoder().forward(session, stop)) {
                return false;
            }
            model.encoderDecoder().logits(session, last, batch.texts());
            choose(session);
            return true;
        } finally {
            batch.clear();
            model.sessions().giveBack(lease);
        }
    }

    /** The next tokens of one source, and the caches of those who choose them. */
    private void choose(int task, int member) {
        Place place = busy.get(task);
        place.search.step(session.logits(), place.firstRow * session.logitsStride(), session.logitsStride());
        if (!place.search.done()) {
            place.caches.reorder(place.search.parents(), place.search.rows());
        }
    }

    private void choose(Session used) {
        session = used;
        used.share(choosing, busy.size(), LOOK * used.batch().texts() * model.vocabulary());
        int going = 0;
        for (int i = 0; i < busy.size(); i++) {
            Place place = busy.get(i);
            if (listener != null) {
                tell(place.search);
            }
            if (place.search.done()) {
                end(place);
                idle.add(place);
            } else {
                busy.set(going++, place);
            }
        }
        while (busy.size() > going) {
            busy.removeLast();
        }
    }

    private void tell(BeamSearch search) {
        if (search.rows() + search.endedCount() == 0) {
            return;
        }
        int id = (search.done() ? search.ended(0) : search.row(0)).last();
        listener.token(id);
        if (text != null) {
            if (id < tokenizer.size()) {
                text.add(id);
            }
            String piece = search.done() ? text.take() + text.takeRest() : text.take();
            if (!piece.isEmpty()) {
                listener.text(piece);
            }
        }
    }

    private void end(Place place) {
        BeamSearch search = place.search;
        if (search.endedCount() == 0 && stop.reason() == null) {
            throw new UnsupportedModelException(model.file() + ": no token can be chosen: the model's output is"
                    + " no numbers, or the options exclude every token");
        }
        List<Translation.Hypothesis> hypotheses = new ArrayList<>();
        boolean covered = options.coveragePenalty() > 0;
        int count = covered ? search.allEnded() : Math.min(search.endedCount(), options.hypotheses());
        for (int i = 0; i < count; i++) {
            hypotheses.add(made(place, search.ended(i)));
        }
        if (covered) {
            hypotheses.sort((a, b) -> Double.compare(b.score(), a.score()));
        }
        results[place.index] = new Translation(sources.get(place.index),
                List.copyOf(hypotheses.subList(0, Math.min(count, options.hypotheses()))));
    }

    private Translation.Hypothesis made(Place place, Hypothesis found) {
        int given = prompt.length - 1; // what begins every translation
        int[] ids = Arrays.copyOfRange(prompt, 1, prompt.length + found.tokens());
        System.arraycopy(found.ids(), 0, ids, given, found.tokens());
        float[] logProbabilities = new float[ids.length];
        System.arraycopy(found.logProbabilities(), 0, logProbabilities, given, found.tokens());
        FinishReason reason = found.ended()
                ? FinishReason.STOP_TOKEN
                : found.tokens() == spec.rules().maxTokens() ? FinishReason.LENGTH : stop.reason();
        float[][] alignment = heads.isEmpty() ? new float[0][] : align(place.source, ids);
        return new Translation.Hypothesis(ids, tokenizer == null ? "" : tokenizer.decode(known(ids), true),
                found.score() + options.coveragePenalty() * covered(alignment, place.source.length()), reason,
                logProbabilities, options.alignment().isEmpty() ? new float[0][] : alignment);
    }

    /** How much of the source is attended to, at most 0. What is not attended to at all has no part, as in CTranslate2. */
    private double covered(float[][] alignment, int length) {
        double sum = 0;
        for (int i = 0; i < length && options.coveragePenalty() > 0; i++) {
            double coverage = 0;
            for (float[] token : alignment) {
                coverage += token[i];
            }
            sum += coverage > 0 ? StrictMath.log(Math.min(coverage, 1)) : 0;
        }
        return sum;
    }

    /** Without the ids that a model may have beyond those of its tokenizer. */
    private int[] known(int[] ids) {
        return Arrays.stream(ids).filter(id -> id < tokenizer.size()).toArray();
    }

    /** What the tokens of a translation attend to: all of them are computed once more. */
    private float[][] align(EncodedSource source, int[] ids) {
        Alignment alignment = new Alignment(heads.stream().mapToInt(TranslationOptions.Head::layer).toArray(),
                heads.stream().mapToInt(TranslationOptions.Head::head).toArray());
        int[] inputs = ids.clone(); // each token is chosen where the one before it is read
        System.arraycopy(ids, 0, inputs, 1, ids.length - 1);
        inputs[0] = prompt[0];
        KeyValueCache cache = new KeyValueCache(model.spec().stack(), DataType.F32, inputs.length);
        float[][] means = new float[ids.length][source.length()];
        SessionPool.Lease lease = model.sessions().take();
        Session session = lease.session();
        try {
            session.batch().clear();
            session.batch().add(inputs, 0, inputs.length, cache, source);
            session.align(alignment);
            model.encoderDecoder().forward(session, () -> false);
            for (int token = 0; token < ids.length; token++) {
                for (int head = 0; head < heads.size(); head++) {
                    int at = alignment.at(head, token);
                    for (int i = 0; i < source.length(); i++) {
                        means[token][i] += alignment.weights()[at + i] / heads.size();
                    }
                }
            }
        } finally {
            session.align(null);
            session.batch().clear();
            model.sessions().giveBack(lease);
        }
        return means;
    }
}
