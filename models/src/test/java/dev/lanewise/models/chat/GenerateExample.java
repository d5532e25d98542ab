package dev.lanewise.models.chat;

import dev.lanewise.Generation;
import dev.lanewise.GenerationOptions;
import dev.lanewise.GenerationSession;
import dev.lanewise.Generator;
import dev.lanewise.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The example of docs/generate.md, so that it compiles; the engine's {@code ReadmeTest} compares the two. */
final class GenerateExample {
    private GenerateExample() {}

    static void main(String[] args) throws IOException {
        // begin
        GenerationOptions options = GenerationOptions.builder().maxTokens(200).temperature(0.7).topP(0.9)
                .timeLimit(Duration.ofSeconds(20)).build();
        try (Model model = Model.open(Path.of("smollm2-135m.lane"))) {
            Generator generator = model.generator();
            Chat chat = Chat.of(model); // the model's template
            GenerationSession session = generator.newSession(); // keeps what it has computed
            List<ChatMessage> conversation = new ArrayList<>();
            conversation.add(ChatMessage.system("Answer in one sentence."));
            for (String question : List.of("What is the capital of France?", "And of Italy?")) {
                conversation.add(ChatMessage.user(question));
                session.restart(chat.encode(conversation)); // only what is new is computed
                Generation answer = session.generate(options, System.out::print); // piece by piece
                System.out.println(" [" + answer.finish() + "]");
                conversation.add(ChatMessage.assistant(answer.text()));
            }
        }
        // end
    }
}
