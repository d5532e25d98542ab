package dev.lanewise.models.chat.template;

/**
 * A word of a template.
 *
 * @param kind what it is
 * @param text the text between tags, the name, the sign, the digits of a number, or the content of a string
 * @param at where it begins
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        /** Text between tags, to be printed. */
        DATA,
        /** <code>{%</code> */
        BLOCK_BEGIN,
        /** <code>%}</code> */
        BLOCK_END,
        /** <code>{{</code> */
        PRINT_BEGIN,
        /** <code>}}</code> */
        PRINT_END, NAME, STRING, INTEGER, FLOAT, SIGN, END
    }

    boolean is(Kind wanted, String wantedText) {
        return kind == wanted && text.equals(wantedText);
    }
}
