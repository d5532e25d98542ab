package dev.lanewise.models.chat.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.error.ChatTemplateException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a template is wrong, and templates of people who mean no good. What templates do is compared with Jinja2 in tools. */
class ChatTemplateTest {
    private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 3, 7, 14, 5, 9, 0, ZoneOffset.UTC);
    private static final Map<String, Object> CONVERSATION = Map.of("messages",
            List.of(Map.of("role", "user", "content", "Hi")), "add_generation_prompt", true);

    private static String render(String template) {
        return ChatTemplate.parse(template).render(CONVERSATION, NOW);
    }

    private static void fails(int line, int column, String problem, String template) {
        ChatTemplateException e = assertThrows(ChatTemplateException.class, () -> render(template));
        assertTrue(e.getMessage().contains(problem), e.getMessage());
        assertEquals(line + ":" + column, e.line() + ":" + e.column(), e.getMessage());
    }

    @Test
    void whatIsWrong_isSaidWithItsPlace() {
        fails(1, 4, "the statement 'include' is not known", "{% include 'x' %}");
        fails(2, 8, "the filter 'xmlattr' is not known", "a\n{{ x | xmlattr }}");
        fails(1, 9, "the test 'filter' is not known", "{{ x is filter }}");
        fails(1, 4, "'if' has no end", "{% if true %}");
        fails(1, 17, "'endfor' cannot end an if", "{% if true %}{% endfor %}");
        fails(1, 4, "found 'endif'", "{% endif %}");
        fails(1, 1, "has no }}", "{{ 'x'");
        fails(1, 4, "this string has no end", "{{ 'x }}");
        fails(1, 6, "expected '}}', found '2'", "{{ 1 2 }}");
        fails(1, 4, "the character '@' has no meaning", "{{ @ }}");
        fails(2, 1, "this comment has no end", "\n{# x");
        fails(1, 4, "break is in no loop", "{% break %}");
        fails(1, 12, "stars", "{{ range(1,*[2]) }}");
        fails(1, 5, "'x' is undefined", "{{ x.y }}");
        fails(1, 6, "'+' does not go with a whole number and a string", "{{ 1 + 'a' }}");
        fails(3, 6, "division by zero", "\n\n{{ 1 // 0 }}");
        fails(1, 19, "the template refuses the conversation: no", "{{ raise_exception('no') }}");
        fails(1, 4, "only attributes of a namespace", "{% set messages.x = 1 %}");
        fails(1, 19, "the number 99999999999999999999 is too large", "{{ 1 if true else 99999999999999999999 }}");
        fails(1, 11, "must be a whole number", "{{ 1.5 is even }}");
    }

    /** Java is out of reach: names of its methods and fields are attributes that are not there. */
    @Test
    void javaIsOutOfReach() {
        assertEquals("", render("{{ messages.class }}{{ messages[0].getClass }}{{ 'a'.bytes }}{{ 1 .class }}"));
        fails(1, 16, "cannot be called", "{{ 'a'.getClass() }}");
        assertThrows(ChatTemplateException.class, () -> render("{{ messages.add(1) }}"));
        assertThrows(ChatTemplateException.class, () -> render("{{ messages[0].put('a', 1) }}"));
        assertThrows(ChatTemplateException.class, () -> render("{{ ''.__class__.__mro__ }}"));
    }

    static List<String> hostile() {
        return List.of(
                // That do not end.
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
                "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% for a in range(100000) %}{% for b in range(100000) if false %}{% endfor %}{% endfor %}",
                "{{ range(10 ** 18) | list }}", "{{ 1 ** (2 ** 62) }}",
                "{% for a in range(100000) %}{% set x = range(100000) %}{% endfor %}",
                // That grow.
                "{{ 'x' * (2 ** 62) }}", "{{ [0] * (2 ** 40) }}", "{{ ('x' * 1000000) * 1000000 }}",
                "{% set n = namespace(x='x') %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x='x') %}{% for i in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}",
                "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
                "{% set n = namespace(x='xx') %}{% for i in range(100) %}{% set n.x = n.x.replace('x', 'xx') %}{% endfor %}",
                "{% set n = namespace(x='xx') %}{% for i in range(100) %}{% set n.x = n.x | replace('', 'xx') %}{% endfor %}",
                "{% set x = 'x' * 1000000 %}{% for i in range(100000) %}{{ x }}{% endfor %}",
                "{% set x = 'x' * 1000000 %}{% for i in range(100000) %}{% set y = x | upper %}{% endfor %}",
                "{% set x = 'x' * 1000000 %}{% for i in range(100000) %}{% set y = x[::-1] %}{% endfor %}",
                "{% set x = 'x ' * 1000000 %}{% for i in range(100000) %}{% set y = x.split() %}{% endfor %}",
                "{% set x = 'x ' * 1000000 %}{% for i in range(100000) %}{% set y = x[999999] %}{% endfor %}",
                "{% set x = 'x ' * 1000000 %}{% for i in range(100000) %}{% set y = 'y' in x %}{% endfor %}",
                "{% set x = 'x,' * 1000000 %}{% for i in range(100000) %}{% set y = x.rsplit(',', 999999) %}{% endfor %}",
                "{% set x = ['x'] * 1000000 %}{% for i in range(100000) %}{% set y = x | join('yyyyyyyyy') %}{% endfor %}",
                "{{ (('x' * 100000) | list) | join('y' * 1000000) }}",
                "{{ {'a': [1, 2]} | tojson(indent=1000000000) }}{% for i in range(100000) %}{{ range(100000) | tojson(indent=100) }}{% endfor %}",
                "{{ ('a\n' * 100000) | indent(1000000) }}{% for i in range(100000) %}{{ ('a\n' * 100000) | indent(1000) }}{% endfor %}",
                // That are deep.
                "{{ " + "(".repeat(10_000) + "1" + ")".repeat(10_000) + " }}",
                "{{ " + "[".repeat(100_000) + " }}", "{{ " + "not ".repeat(50_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}", "{{ 1" + "+1".repeat(100_000) + " }}",
                "{{ x" + "|upper".repeat(40_000) + " }}", "{{ x" + ".a".repeat(100_000) + " }}",
                "{{ 1" + " if 1".repeat(40_000) + " }}", "{{ 1" + " if 1 else 1".repeat(20_000) + " }}",
                "{% if 1 %}".repeat(20_000), "{% for a in [1] %}".repeat(10_000),
                "{% if 1 %}" + "{% elif 1 %}".repeat(20_000),
                "{% set n = namespace(x=[1]) %}{% for i in range(10000) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
                // That are long.
                "x".repeat(1 << 19), "{", "{{", "{%", "{#", "{% raw %}", "{{ '\\", "{{ '\\x", "{{ '\\U99999999' }}",
                "{% set", "{% for", "{% macro", "{{ a[", "{{ a(", "{{ a|", "{{ a is", "{{ {",
                "{{ 1e999999999 | int }}{{ 'x'[");
    }

    /** Each ends soon, with an error, in little memory. */
    @ParameterizedTest
    @MethodSource("hostile")
    void hostileTemplates_end(String template) {
        if (template.equals("{")) {
            assertEquals("{", render(template), "no tag");
            return;
        }
        assertTimeoutPreemptively(Duration.ofSeconds(60),
                () -> assertThrows(ChatTemplateException.class, () -> render(template)));
    }

    /** Whatever a template is made of, it is rendered or refused; nothing else is thrown. */
    @Test
    void randomTemplates_areRenderedOrRefused() {
        String[] words = {"{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "if", "else", "elif", "endif", "for",
                "endfor",
                "set", "endset", "macro", "endmacro", "in", "is", "not", "and", "or", "loop", "loop.index", "messages",
                "messages[0]", ".role", "x", "y", "=", "==", "+", "-", "*", "/", "//", "%", "**", "~", "|", "(", ")",
                "[",
                "]", "{", "}", ",", ":", "1", "0", "2.5", "'a'", "\"b\"", "none", "true", "range(3)", "namespace(x=1)",
                "upper", "join", "tojson", "list", "length", "map", "'upper'", "select", "sort", "default", "string",
                "defined", "divisibleby", ".split()", ".items()", "[1:]", "[::-1]", "raw", "endraw", "\n", " ", "text"};
        Random random = new Random(1);
        int rendered = 0;
        for (int round = 0; round < 100_000; round++) {
            StringBuilder template = new StringBuilder(round % 2 == 0 ? "{{ " : "{% for x in messages %}");
            int length = 1 + random.nextInt(12);
            for (int i = 0; i < length; i++) {
                template.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "");
            }
            template.append(round % 2 == 0 ? " }}" : "{% endfor %}");
            try {
                render(template.toString());
                rendered++;
            } catch (ChatTemplateException e) {
                assertTrue(e.line() >= 1 && e.column() >= 1);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError(template.toString(), e);
            }
        }
        assertTrue(rendered > 100, rendered + " of them were sound");
    }
}
