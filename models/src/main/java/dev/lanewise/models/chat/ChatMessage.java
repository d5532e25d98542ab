package dev.lanewise.models.chat;

import java.util.Objects;

/**
 * A message of a conversation.
 *
 * @param role who says it: what the model's template knows, mostly {@code system}, {@code user} and {@code assistant}
 * @param content what is said
 */
public record ChatMessage(String role, String content) {

    /** Checks that nothing is missing. */
    public ChatMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }

    /** How the model is to behave. */
    public static ChatMessage system(String content) {
        return new ChatMessage("system", content);
    }

    /** What a person says. */
    public static ChatMessage user(String content) {
        return new ChatMessage("user", content);
    }

    /** What the model has said. */
    public static ChatMessage assistant(String content) {
        return new ChatMessage("assistant", content);
    }
}
