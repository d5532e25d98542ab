package dev.lanewise.transformer;

import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
import dev.lanewise.parallel.Crew;
import dev.lanewise.spec.AttentionSpec;
import java.util.Arrays;

/**
 * The multi-head attention box: queries, keys and values of every head by linear maps, scaled dot-product attention of each
 * head within each text, and a linear map of the heads' outputs side by side.
 */
final class MultiHeadAttention {
    private final AttentionSpec spec;
    private final ScoreRule rule;
    private final Linear[] queryKeyValue;
    private final Linear[] output;

    MultiHeadAttention(Weights weights, String name, AttentionSpec spec) {
        this.spec = spec;
        this.rule = ScoreRule.full((float) spec.scale());
        this.queryKeyValue = new Linear[]{weights.linear(name + ".query"), weights.linear(name + ".key"),
                weights.linear(name + ".value")};
        this.output = new Linear[]{weights.linear(name + ".output")};
    }

    /** {@code session.sublayer() = attention(session.hidden())}. */
    void forward(Session session) {
        int rows = session.batch().tokens();
        session.projection().apply(queryKeyValue, session.queryKeyValue(), session.hidden(), session.stride(), rows,
                null);
        session.heads().attend(spec, rule);
        session.projection().apply(output, session.sublayers(), session.context(), session.headsStride(), rows, null);
    }

    /** Scaled dot-product attention of all heads and texts, in parallel. One a session, reused. */
    static final class Heads implements Crew.Job {
        /** Query tiles of a task, at most: long texts are shared out among threads. */
        private static final int TILES = 16;

        private final Session session;
        private final Kernels kernels;
        private final Crew.Job packing = this::pack;
        private AttentionSpec spec;
        private ScoreRule rule;
        private int[] chunks = new int[9]; // [texts + 1], chunks of queries before each text
        private int[] keyStarts = new int[9]; // [texts + 1], keys before each text, its last panel filled up

        Heads(Session session) {
            this.session = session;
            this.kernels = session.kernels();
        }

        /** Reads the session's queries, keys and values, writes its context. */
        void attend(AttentionSpec spec, ScoreRule rule) {
            this.spec = spec;
            this.rule = rule;
            Batch batch = session.batch();
            int texts = batch.texts();
            if (texts >= chunks.length) {
                chunks = Arrays.copyOf(chunks, 2 * texts + 1);
                keyStarts = Arrays.copyOf(keyStarts, 2 * texts + 1);
            }
            int queries = chunk();
            for (int text = 0; text < texts; text++) {
                int length = batch.length(text);
                chunks[text + 1] = chunks[text] + (length + queries - 1) / queries;
                keyStarts[text + 1] = keyStarts[text] + (length + Kernels.KEY_PANEL - 1) / Kernels.KEY_PANEL
                        * Kernels.KEY_PANEL;
            }
            session.run(packing, texts * spec.heads());
            session.run(this, chunks[texts] * spec.heads());
        }

        /** The keys and values of one text, one head. */
        private void pack(int task, int member) {
            int text = task / spec.heads();
            int head = task % spec.heads();
            int stride = session.headsStride();
            int from = session.batch().start(text) * stride + head * spec.headSize();
            int length = session.batch().length(text);
            kernels.packKeys(session.keyPanels(), keyPanelsAt(text, head), session.queryKeyValue()[1], from, stride,
                    length,
                    spec.headSize());
            kernels.packValues(session.valuePanels(), valuePanelsAt(text, head), length, session.queryKeyValue()[2],
                    from, stride, length, spec.headSize());
        }

        /** One chunk of one text's queries, one head. */
        @Override
        public void run(int task, int member) {
            int chunk = task / spec.heads();
            int head = task % spec.heads();
            int text = Arrays.binarySearch(chunks, 0, session.batch().texts() + 1, chunk);
            text = text >= 0 ? text : -text - 2;
            int length = session.batch().length(text);
            int first = (chunk - chunks[text]) * chunk();
            int last = Math.min(length, first + chunk());
            int stride = session.headsStride();
            int base = session.batch().start(text) * stride + head * spec.headSize();
            float[] queries = session.queryKeyValue()[0];
            for (int query = first; query < last; query += kernels.queryTile()) {
                int at = base + query * stride;
                kernels.attend(session.context(), at, stride, queries, at, stride,
                        Math.min(kernels.queryTile(), last - query), query, session.keyPanels(),
                        keyPanelsAt(text, head),
                        session.valuePanels(), valuePanelsAt(text, head), length, length, spec.headSize(), rule, null,
                        0,
                        session.attentionScratch(member));
            }
        }

        private int chunk() {
            return TILES * kernels.queryTile();
        }

        private int keyPanelsAt(int text, int head) {
            int padded = keyStarts[text + 1] - keyStarts[text];
            return (keyStarts[text] * spec.heads() + head * padded) * spec.headSize();
        }

        private int valuePanelsAt(int text, int head) {
            Batch batch = session.batch();
            return (batch.start(text) * spec.heads() + head * batch.length(text)) * Session.valuePanelWidth(spec);
        }
    }
}
