package dev.lanewise;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The example of docs/rerank.md, so that it compiles; {@link ReadmeTest} compares the two. */
final class RerankExample {
    private RerankExample() {}

    static void main(String[] args) throws IOException {
        // begin
        try (Model model = Model.open(Path.of("reranker.lane"))) {
            Reranker reranker = model.reranker(Truncation.SECOND);
            List<String> found = List.of("Click 'Forgot password'.", "Our offices are closed on Sunday.");
            for (RankedText text : reranker.rerank("How do I reset my password?", found)) {
                System.out.println(text.probability() + "  " + text.text());
            }
        }
        try (Model model = Model.open(Path.of("sentiment.lane"))) {
            Classification found = model.classifier().classify("What a lovely day.");
            System.out.println(found.label() + " " + found.labels() + Arrays.toString(found.probabilities()));
        }
        // end
    }
}
