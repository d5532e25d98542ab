package dev.lanewise;

import java.io.IOException;
import java.nio.file.Path;

/** The example of the README, so that it compiles; {@link ReadmeTest} compares the two. */
final class ReadmeExample {
    private ReadmeExample() {}

    static void main(String[] args) throws IOException {
        // begin
        try (Model model = Model.open(Path.of("all-minilm-l6-v2.lane"))) {
            Embedder embedder = model.embedder();
            float[] question = embedder.embed("How do I reset my password?");
            float[] answer = embedder.embed("Click 'Forgot password' on the sign-in page.");
            double similarity = 0;
            for (int i = 0; i < question.length; i++) {
                similarity += question[i] * answer[i]; // the vectors have length 1
            }
            System.out.println(similarity);
        }
        // end
    }
}
