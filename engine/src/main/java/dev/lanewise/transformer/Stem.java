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
        convolutions = new Linear[spec.strides().size()][];
        Arrays.setAll(convolutions, i -> new Linear[]{weights.linear("source.stem." + i)});
    }

    /** {@code session.hidden() = convolutions(features)}, one text after the other. */
    void forward(Session session) {
        Batch batch = session.batch();
        for (int text = 0; text < batch.texts(); text++) {
            session.frames().forward(this, batch.features(text), batch.frames(text), batch.start(text));
        }
    }

    /** The frames between the convolutions. One a session, reused. */
    static final class Frames {
        private final Session session;
        private float[] input = {}; // [a frame of zeros, frames, a frame of zeros][width]
        private final float[][] output = {{}}; // one [frames][stride]

        Frames(Session session) {
            this.session = session;
        }

        private void forward(Stem stem, float[] features, int count, int token) {
            int width = stem.spec.features();
            int frames = count;
            begin(frames, width);
            for (int i = 0; i < width; i++) {
                for (int frame = 0; frame < frames; frame++) {
                    input[(frame + 1) * width + i] = features[i * frames + frame];
                }
            }
            for (int i = 0; i < stem.convolutions.length; i++) {
                if (i > 0) {
                    width = session.width();
                    begin(frames, width);
                    for (int frame = 0; frame < frames; frame++) {
                        System.arraycopy(output[0], frame * session.stride(), input, (frame + 1) * width, width);
                    }
                }
                int stride = stem.spec.strides().get(i);
                frames = Math.ceilDiv(frames, stride);
                if (output[0].length < (frames + Session.SLACK) * session.stride()) {
                    output[0] = new float[Math.multiplyExact(frames + Session.SLACK, session.stride())];
                }
                session.projection().apply(stem.convolutions[i], output, input, stride * width, frames,
                        stem.spec.activation(), false);
            }
            System.arraycopy(output[0], 0, session.hidden(), token * session.stride(), frames * session.stride());
        }

        /** Room for frames, and zeros at both ends. */
        private void begin(int frames, int width) {
            int needed = Math.multiplyExact(frames + 2, width);
            if (input.length < needed) {
                input = new float[needed];
            }
            Arrays.fill(input, 0, width, 0);
            Arrays.fill(input, needed - width, needed, 0);
        }
    }
}
