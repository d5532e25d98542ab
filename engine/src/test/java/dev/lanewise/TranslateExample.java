package dev.lanewise;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The example of docs/translate.md, so that it compiles; {@link ReadmeTest} compares the two. */
final class TranslateExample {
    private TranslateExample() {}

    static void main(String[] args) throws IOException {
        // begin
        TranslationOptions options = TranslationOptions.defaults().withBeams(4).withHypotheses(2).withLengthPenalty(0.6)
                .withTimeLimit(Duration.ofSeconds(20));
        try (Model model = Model.open(Path.of("g2p-en.lane"))) {
            Translator translator = model.translator();
            System.out.println(translator.translate("transformer")); // the best, as the model's file says
            for (Translation translation : translator.translateAll(List.of("attention", "is", "all"), options)) {
                for (Translation.Hypothesis found : translation.hypotheses()) {
                    System.out.printf("%.3f %s%n", found.score(), found.text());
                }
            }
            // As it is chosen, which a single beam alone can tell.
            translator.translate("need", TranslationOptions.defaults(), System.out::print);
        }
        // end
    }
}
