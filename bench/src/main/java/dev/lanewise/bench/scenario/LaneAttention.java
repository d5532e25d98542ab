package dev.lanewise.bench.scenario;

import dev.lanewise.bench.measure.CrewRun;
import dev.lanewise.bench.peer.AttentionTask;
import dev.lanewise.bench.peer.Work;
import dev.lanewise.kernel.Kernels;
import dev.lanewise.kernel.ScoreRule;
import dev.lanewise.parallel.Crew;

/** Our side of an attention: keys packed in every run, as in a layer; heads and tiles of queries shared out among threads. */
final class LaneAttention implements Work {
    /** Query tiles of a task, at most, as in the engine. */
    private static final int TILES = 16;
    private final AttentionTask task;
    private final Kernels kernels;
    private final Crew crew;
    private final ScoreRule rule;
    private final int stride;
    private final int keyPanels; // floats a head
    private final float[] panels; // [heads][ceil(length / 32)][headSize][32]
    private final int valuePanels; // floats a head
    private final float[] values; // [heads][ceil(headSize / 8)][length][8]
    private final float[][][] pages; // one of keys, one of values
    private final float[][] scratch; // [threads]
    private final float[] out; // [length][heads][headSize]

    LaneAttention(AttentionTask task, Kernels kernels, Crew crew) {
        this.task = task;
        this.kernels = kernels;
        this.crew = crew;
        rule = task.causal() ? ScoreRule.causal(task.scale()) : ScoreRule.full(task.scale());
        stride = task.heads() * task.headSize();
        keyPanels = (task.length() + Kernels.KEY_PANEL - 1) / Kernels.KEY_PANEL * Kernels.KEY_PANEL * task.headSize();
        panels = new float[task.heads() * keyPanels];
        valuePanels = (task.headSize() + Kernels.VALUE_PANEL - 1) / Kernels.VALUE_PANEL * Kernels.VALUE_PANEL
                * task.length();
        values = new float[task.heads() * valuePanels];
        pages = new float[][][]{{panels}, {values}};
        scratch = new float[crew.size()][kernels.attentionScratch(task.headSize())];
        out = new float[task.q().length];
    }

    /** The floats of memory beside inputs and output that depend on the number of threads alone. */
    int scratch() {
        return scratch.length * scratch[0].length;
    }

    @Override
    public void run() {
        CrewRun.run(crew, this::pack, task.heads());
        CrewRun.run(crew, this::attend, task.heads() * chunks());
    }

    private void pack(int head, int member) {
        kernels.packKeys(panels, head * keyPanels, task.k(), head * task.headSize(), stride, task.length(),
                task.headSize());
        Kernels.packValues(values, head * valuePanels, task.length(), task.v(), head * task.headSize(), stride,
                task.length(),
                task.headSize());
    }

    private void attend(int part, int member) {
        int head = part % task.heads();
        int first = part / task.heads() * TILES * kernels.queryTile();
        int last = Math.min(task.length(), first + TILES * kernels.queryTile());
        int column = head * task.headSize();
        for (int query = first; query < last; query += kernels.queryTile()) {
            int at = query * stride + column;
            kernels.attend(out, at, stride, task.q(), at, stride, Math.min(kernels.queryTile(), last - query), query,
                    pages[0], head * keyPanels, pages[1], head * valuePanels, task.length(), ScoreRule.ALL,
                    task.length(), task.headSize(),
                    rule, null, 0, scratch[member]);
        }
    }

    private int chunks() {
        int queries = TILES * kernels.queryTile();
        return (task.length() + queries - 1) / queries;
    }

    @Override
    public float[] result() {
        return out.clone();
    }
}
