package dev.lanewise.models.chat;

import dev.lanewise.Generator;
import dev.lanewise.Model;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.error.UnsupportedModelException;
import dev.lanewise.models.chat.template.ChatTemplate;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Conversations with a model, by its own chat template. Keeps none of them: every call takes a whole conversation. Immutable and
 * thread-safe.
 *
 * {@snippet :
 * Chat chat = Chat.of(model);
 * Generation answer = model.generator().generate(chat.encode(List.of(ChatMessage.user("Why?"))), options);
 * }
 */
public final class Chat {
    private final Generator generator;
    private final ChatTemplate template;

    private Chat(Generator generator, ChatTemplate template) {
        this.generator = generator;
        this.template = template;
    }

    /**
     * Reads the template of a model.
     *
     * @throws UnsupportedModelException if it has none, or no tokenizer, or does not generate
     * @throws ChatTemplateException if the template is not written in what is understood here; it names the place
     */
    public static Chat of(Model model) {
        Generator generator = model.generator();
        String template = generator.chatTemplate();
        if (template == null) {
            throw new UnsupportedModelException(model.file()
                    + ": the model has no chat template; write the prompt as the model was trained, and use generate");
        }
        return new Chat(generator, ChatTemplate.parse(template));
    }

    /**
     * The prompt that the template makes of a conversation, so that the model answers.
     *
     * @throws ChatTemplateException if the template refuses the conversation, or cannot be run
     */
    public String prompt(List<ChatMessage> conversation) {
        List<Object> messages = new ArrayList<>();
        for (ChatMessage message : conversation) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("role", message.role());
            entry.put("content", message.content());
            messages.add(entry);
        }
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", messages);
        variables.put("add_generation_prompt", true);
        variables.put("bos_token", generator.beginToken());
        variables.put("eos_token", generator.endToken());
        return template.render(variables, ZonedDateTime.now());
    }

    /**
     * The ids of {@link #prompt}. Special tokens are parsed, also those that a message spells out: strip them from what strangers
     * say if that matters.
     *
     * @throws ChatTemplateException if the template refuses the conversation, or cannot be run
     */
    public int[] encode(List<ChatMessage> conversation) {
        return generator.encodeChat(prompt(conversation));
    }
}
