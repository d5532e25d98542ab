package dev.lanewise.models.chat.template;

import dev.lanewise.error.ChatTemplateException;

/**
 * The text of a template, to tell where something is.
 *
 * @param text with newlines alone between lines
 */
record Source(String text) {
    /** Published templates have up to 20,000 characters. */
    private static final int LONGEST = 1 << 18;

    /** As Jinja reads it: the last newline is no part of the template. */
    static Source of(String template) {
        if (template.length() > LONGEST) {
            throw new ChatTemplateException(1, 1, "the template has " + template.length() + " characters, at most "
                    + LONGEST + " are allowed");
        }
        String text = template.replace("\r\n", "\n").replace('\r', '\n');
        return new Source(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    }

    /** What is wrong at a place. */
    ChatTemplateException error(int at, String problem) {
        int end = Math.min(at, text.length());
        int line = 1 + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
        int start = text.lastIndexOf('\n', end - 1) + 1;
        return new ChatTemplateException(line, 1 + text.codePointCount(start, end), problem);
    }
}
