package dev.lanewise.tools.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.models.chat.template.ChatTemplate;
import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.tools.TestModels;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Templates in the way of published models, and every construct that is known, give what Jinja2 gives, as
 * {@code chat/make_golden.py} set it up; where it fails, this fails too.
 */
class ChatTemplateGoldenTest {
    private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 3, 7, 14, 5, 9, 0, ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);

    private static JsonNode golden() throws IOException {
        return JSON.readTree(TestModels.resource("/chat/golden.json"));
    }

    @TestFactory
    Stream<DynamicTest> templates() throws IOException {
        JsonNode golden = golden();
        return elements(golden.get("cases"))
                .map(expected -> DynamicTest.dynamicTest(expected.get("name").asText(), () -> {
                    Map<String, Object> variables = new HashMap<>();
                    variables.put("messages",
                            value(golden.get("conversations").get(expected.get("conversation").asText())));
                    variables.put("add_generation_prompt", expected.get("add_generation_prompt").asBoolean());
                    variables.put("bos_token", "<s>");
                    variables.put("eos_token", "</s>");
                    if (expected.get("tools").asBoolean()) {
                        variables.put("tools", value(golden.get("tools")));
                    }
                    check(expected, golden.get("templates").get(expected.get("template").asText()).asText(), variables);
                }));
    }

    @TestFactory
    Stream<DynamicTest> snippets() throws IOException {
        JsonNode golden = golden();
        Map<String, Object> variables = Map.of("messages", value(golden.get("conversations").get("turns")));
        return elements(golden.get("snippets")).map(expected -> DynamicTest.dynamicTest(
                expected.get("template").asText(),
                () -> check(expected, expected.get("template").asText(), variables)));
    }

    /** The conversations of SmolLM2, with the template of its own file. */
    @TestFactory
    Stream<DynamicTest> smolLm2() throws IOException {
        JsonNode golden = JSON.readTree(TestModels.shared("smollm2-135m/golden.json").toFile());
        String template = golden.get("chat_template").asText();
        return elements(golden.get("conversations"))
                .map(expected -> DynamicTest.dynamicTest(expected.get("name").asText(),
                        () -> check(expected, template, Map.of("messages", value(expected.get("messages")),
                                "add_generation_prompt", expected.get("add_generation_prompt").asBoolean()))));
    }

    private static void check(JsonNode expected, String template, Map<String, Object> variables) {
        if (expected.has("error")) {
            assertThrows(ChatTemplateException.class, () -> ChatTemplate.parse(template).render(variables, NOW),
                    () -> "Jinja2 says: " + expected.get("error").asText());
        } else {
            assertEquals(expected.get("rendered").asText(), ChatTemplate.parse(template).render(variables, NOW));
        }
    }

    private static Object value(JsonNode node) {
        return JSON.convertValue(node, Object.class);
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
