package dev.lanewise.tools.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.lanewise.GenerationSession;
import dev.lanewise.Generator;
import dev.lanewise.SessionOptions;
import dev.lanewise.models.chat.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation in two files: what was said, as JSON, in FILE; what the model has computed, in FILE.session.
 *
 * @param conversation what was said
 * @param session what was computed
 */
record SavedChat(List<ChatMessage> conversation, GenerationSession session) {
    private static final long LARGEST = 1 << 26; // bytes
    private static final ObjectMapper JSON = new ObjectMapper();

    static void write(Path file, List<ChatMessage> conversation, GenerationSession session) throws IOException {
        ArrayNode messages = JSON.createArrayNode();
        for (ChatMessage message : conversation) {
            messages.addObject().put("role", message.role()).put("content", message.content());
        }
        session.save(sessionOf(file));
        Files.writeString(file, messages.toPrettyString() + "\n");
    }

    static SavedChat read(Path file, Generator generator, SessionOptions options) throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new IOException(file + " is too large for a conversation");
        }
        JsonNode messages;
        try {
            messages = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + " is no saved conversation: it is not JSON, or cannot be read", e);
        }
        List<ChatMessage> conversation = new ArrayList<>();
        for (JsonNode message : messages) {
            if (!message.path("role").isTextual() || !message.path("content").isTextual()) {
                throw new IOException(file + " is no saved conversation: every message needs a role and a content");
            }
            conversation.add(new ChatMessage(message.get("role").asText(), message.get("content").asText()));
        }
        return new SavedChat(conversation, generator.loadSession(sessionOf(file), options));
    }

    private static Path sessionOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".session");
    }
}
