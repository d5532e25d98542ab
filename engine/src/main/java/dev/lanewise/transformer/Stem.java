package dev.lanewise.transformer;

import dev.lanewise.spec.StemSpec;
import java.util.Arrays;

/**
 * What stands where others have a token table: convolutions over frames of features (Radford et al., 2022). A convolution is
 * a linear map of {@value StemSpec#KERNEL} frames side by side, and as rows may overlap, no frame is copied for it.
 */
final class Stem {
    private final StemSpec spec;
    private final Linear[][] convolutions; // [convolutions], one each

    Stem(Weights weights, StemSpec spec) {
        this.spec = spec;
        convolutions = new Linear[spec.convolutions()][];
        for (int i = 0; i < convolutions.length; i++) {
            convolutions[i] = new Linear[]{weights.linear("source.stem." + i)};
        }
    }

    /** {@code session.hidden() = convolutions(features)}, one text after the other. */
    void forward(Session session) {
        Batch batch = session.batch();
        for (int text = 0; text < batch.texts(); text++) {
            int frames = batch.frames(text);
            float[] features = batch.features(text);
            float[] input = input(session, frames, spec.features());
            for (int i = 0; i < spec.features(); i++) {
                for (int frame = 0; frame < frames; frame++) {
                    input[(frame + 1) * spec.features() + i] = features[i * frames + frame];
                }
            }
            float[][] output = session.convolved(frames);
            convolve(session, input, spec.features(), output, frames);
            System.arraycopy(output[0], 0, session.hidden(), batch.start(text) * session.stride(),
                    batch.length(text) * session.stride());
        }
    }

    /**
     * All convolutions of a text.
     *
     * @param input what {@link #input} gives, filled
     * @param output one {@code [frames][session.stride()]}
     */
    private void convolve(Session session, float[] input, int features, float[][] output, int frames) {
        float[] from = input;
        int width = features;
        for (int i = 0; i < convolutions.length; i++) {
            if (i > 0) {
                width = session.width();
                from = input(session, frames, width);
                for (int frame = 0; frame < frames; frame++) {
                    System.arraycopy(output[0], frame * session.stride(), from, (frame + 1) * width, width);
                }
            }
            int stride = i == convolutions.length - 1 ? spec.stride() : 1;
            session.projection().apply(convolutions[i], output, from, stride * width, Math.ceilDiv(frames, stride),
                    spec.activation(), false);
        }
    }

    /** Room for frames, {@code [1 + frames + 1][width]}, with zeros at both ends. */
    private static float[] input(Session session, int frames, int width) {
        int length = Math.multiplyExact(frames + 2, width);
        float[] input = session.frames(length);
        Arrays.fill(input, 0, width, 0);
        Arrays.fill(input, length - width, length, 0);
        return input;
    }
}
