package dev.lanewise.models.chat.template;

import dev.lanewise.error.ChatTemplateException;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;

/**
 * A template that makes a prompt of a conversation: the subset of Jinja that published models use, run as {@code transformers}
 * runs it ({@code trim_blocks}, {@code lstrip_blocks}, {@code raise_exception}, {@code strftime_now}, its {@code tojson}).
 * Immutable and thread-safe.
 */
public final class ChatTemplate {
    private final Source source;
    private final List<Statement> body;

    private ChatTemplate(Source source, List<Statement> body) {
        this.source = source;
        this.body = body;
    }

    /**
     * Reads a template.
     *
     * @throws ChatTemplateException if it is not written in what is understood here; it names the place
     */
    public static ChatTemplate parse(String template) {
        Source source = Source.of(template);
        return new ChatTemplate(source, Parser.parse(source));
    }

    /**
     * Runs it.
     *
     * @param variables what it knows, of null, {@link Boolean}, {@link Long}, {@link Double}, {@link String}, {@link List} and
     *            {@link Map} with strings as keys; not changed
     * @param now what it takes for the time
     * @throws ChatTemplateException if it refuses the variables, does what values do not allow, or takes too many steps
     */
    public String render(Map<String, Object> variables, ZonedDateTime now) {
        return new Interpreter(source, variables, now).run(body);
    }
}
