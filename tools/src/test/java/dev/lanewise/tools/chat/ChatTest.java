package dev.lanewise.tools.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Model;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.models.chat.Chat;
import dev.lanewise.models.chat.ChatMessage;
import dev.lanewise.tools.TinyDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations with a model, by the template of its file. */
class ChatTest {
    @TempDir
    Path folder;

    @Test
    void prompts_areWhatTheTemplateMakes() throws IOException {
        List<ChatMessage> conversation = List.of(ChatMessage.system("aa"), ChatMessage.user("ba"));
        try (Model model = Model.open(TinyDecoder.write(folder.resolve("chat.lane"), true))) {
            Chat chat = Chat.of(model);
            assertEquals("<system> aa <end><user> ba <end><assistant>", chat.prompt(conversation));
            assertArrayEquals(model.generator().encode(chat.prompt(conversation), true), chat.encode(conversation));
            assertEquals(3, chat.encode(conversation)[0], "special tokens are parsed");
        }
    }

    @Test
    void withoutTemplate_thereIsNoChat() throws IOException {
        Path file = TinyDecoder.write(folder.resolve("ids.lane"), false);
        try (Model model = Model.open(file)) {
            UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> Chat.of(model));
            assertTrue(e.getMessage().startsWith(file + ": the model has no chat template"), e.getMessage());
        }
    }
}
