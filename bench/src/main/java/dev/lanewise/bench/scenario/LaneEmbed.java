package dev.lanewise.bench.scenario;

import dev.lanewise.Embedder;
import dev.lanewise.bench.peer.Work;
import java.util.List;

/** Our side: text in, vectors out, through the public face; tokenising is part of what is timed. */
final class LaneEmbed implements Work {
    private final Embedder embedder;
    private final List<String> texts;
    private float[][] vectors; // [texts][width]

    LaneEmbed(Embedder embedder, List<String> texts) {
        this.embedder = embedder;
        this.texts = texts;
    }

    @Override
    public void run() {
        vectors = embedder.embedAll(texts);
    }

    @Override
    public float[] result() {
        int width = embedder.width();
        float[] all = new float[vectors.length * width];
        for (int i = 0; i < vectors.length; i++) {
            System.arraycopy(vectors[i], 0, all, i * width, width);
        }
        return all;
    }
}
