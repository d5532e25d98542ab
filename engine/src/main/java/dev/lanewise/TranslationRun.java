package dev.lanewise;

import dev.lanewise.generation.BeamDecoding;
import dev.lanewise.parallel.Crew;
import dev.lanewise.transformer.Batch;
import dev.lanewise.transformer.EncodedSource;
import dev.lanewise.transformer.Session;
import java.util.ArrayList;
import java.util.List;

/**
 * The translation of the sources of one call. Several are decoded together, all their hypotheses in one pass; when half of
 * them have ended, the next ones take their places. A pass allocates nothing but longer buffers now and then. Not thread-safe.
 */
final class TranslationRun implements Crew.Job {
    /** Hypotheses of a pass, at most, unless one source has more: enough for full speed. */
    private static final int MOST_ROWS = 64;
    /** Logits of a pass, at most, unless one source has more: it bounds the memory. */
    static final int MOST_LOGITS = 1 << 22;
    /** Tokens of sources that are encoded together, at most, unless one has more. */
    private static final int MOST_TOKENS = 1024;

    private final Model model;
    private final TranslationPlan plan;
    private final List<int[]> sources;
    private final TranslationTeller teller; // null if nobody listens
    private final Translation[] results; // [sources]
    private final StopSignal stop;

    private final int places;
    private final List<BeamDecoding> busy = new ArrayList<>();
    private final List<BeamDecoding> idle = new ArrayList<>();
    private final int[] index; // [places], which source each of the busy ones is
    private final EncodedSource[] encoding; // [places]
    private final int[] last; // [rows of a pass], the last token of each
    private Session session; // of the pass whose logits are looked at
    private int next; // the first source that has not begun

    /** @param listener of a single source, or null */
    TranslationRun(Model model, TranslationPlan plan, List<int[]> sources, GenerationListener listener) {
        this.model = model;
        this.plan = plan;
        this.sources = sources;
        teller = listener == null ? null : plan.newTeller(listener);
        results = new Translation[sources.size()];
        stop = new StopSignal(plan.options().cancelWhen(), plan.options().timeLimit());
        int rows = Math.clamp(MOST_LOGITS / model.vocabulary(), 1, MOST_ROWS);
        places = Math.max(1, rows / plan.beams());
        index = new int[places];
        encoding = new EncodedSource[places];
        last = new int[places * plan.beams()];
    }

    List<Translation> run() {
        boolean going = true;
        while (going && (next < sources.size() || !busy.isEmpty())) {
            going = !stop.getAsBoolean() && begin() && step();
        }
        for (int i = 0; i < busy.size(); i++) {
            busy.get(i).search().stop();
            end(i);
        }
        for (; next < results.length; next++) {
            results[next] = plan.result(sources.get(next), null, stop.reason());
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
                    results[next] = TranslationPlan.ofNothing();
                    continue;
                }
                if (batch.texts() > 0 && batch.tokens() + ids.length > MOST_TOKENS) {
                    break;
                }
                BeamDecoding place = idle.isEmpty() ? plan.newDecoding() : idle.removeLast();
                place.start(plan.prompt());
                index[busy.size()] = next;
                encoding[batch.texts()] = place.source();
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
        session = lease.session();
        Batch batch = session.batch();
        try {
            batch.clear();
            int rows = 0;
            for (int i = 0; i < busy.size(); i++) {
                rows = busy.get(i).add(batch, last, rows);
            }
            if (rows == 0) {
                return true;
            }
            if (!model.encoderDecoder().forward(session, stop)) {
                return false;
            }
            model.encoderDecoder().logits(session, last, rows);
            session.share(this, busy.size(), BeamDecoding.LOOK * rows * model.vocabulary());
        } finally {
            batch.clear();
            model.sessions().giveBack(lease);
        }
        tell(); // may take a session for itself: whoever holds one while waiting for another stops everybody
        return true;
    }

    /** One source chooses. */
    @Override
    public void run(int task, int member) {
        busy.get(task).choose(session);
    }

    /** What was chosen, and who has ended. */
    private void tell() {
        int going = 0;
        for (int i = 0; i < busy.size(); i++) {
            BeamDecoding place = busy.get(i);
            boolean done = place.search().done();
            if (teller != null && place.chosen() >= 0) {
                teller.tell(place.chosen(), done);
            }
            if (done) {
                end(i);
                idle.add(place);
            } else {
                index[going] = index[i];
                busy.set(going++, place);
            }
        }
        while (busy.size() > going) {
            busy.removeLast();
        }
    }

    private void end(int place) {
        if (stop.reason() == null) {
            plan.check(busy.get(place));
        }
        results[index[place]] = plan.result(sources.get(index[place]), busy.get(place), stop.reason());
    }
}
