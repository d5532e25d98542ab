package dev.lanewise.models.chat.template;

import dev.lanewise.error.ChatTemplateException;
import dev.lanewise.models.chat.template.Token.Kind;
import java.util.List;

/** The words of a template, and which one is next. */
final class Words {
    /** Brackets, blocks and signs within each other: no published template has 20. */
    private static final int DEEPEST = 60;

    private final Source source;
    private final List<Token> tokens;
    private int next;
    private int depth;

    Words(Source source) {
        this.source = source;
        this.tokens = Lexer.read(source);
    }

    /** Something begins that may hold more of its kind; {@link #leave} ends it. */
    void enter() {
        if (++depth > DEEPEST) {
            throw error(peek(), "more than " + DEEPEST + " brackets, blocks or signs within each other");
        }
    }

    void leave() {
        depth--;
    }

    /** The next word, which stays. */
    Token peek() {
        return tokens.get(next);
    }

    /** The word behind the next one, which is not the last. */
    Token second() {
        return tokens.get(next + 1);
    }

    /** The next word; the last one stays. */
    Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    /** Takes a sign, if it is the next word. */
    boolean accept(String sign) {
        if (!peek().is(Kind.SIGN, sign)) {
            return false;
        }
        next++;
        return true;
    }

    /** Takes a name, if it is the next word. */
    boolean acceptName(String name) {
        if (!peek().is(Kind.NAME, name)) {
            return false;
        }
        next++;
        return true;
    }

    void expectName(String name) {
        if (!acceptName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    /**
     * Takes a word that must be next.
     *
     * @param text which one, or null for any
     */
    Token expect(Kind kind, String text) {
        if (peek().kind() != kind || text != null && !peek().text().equals(text)) {
            throw unexpected(text == null ? "a name" : "'" + text + "'");
        }
        return take();
    }

    /** What is wrong with the next word. */
    ChatTemplateException unexpected(String expected) {
        return unexpected(peek(), expected);
    }

    /** What is wrong with a word. */
    ChatTemplateException unexpected(Token found, String expected) {
        return error(found, "expected " + expected + ", found "
                + (found.kind() == Kind.END ? found.text() : "'" + found.text() + "'"));
    }

    /** What is wrong with a word. */
    ChatTemplateException error(Token word, String problem) {
        return source.error(word.at(), problem);
    }
}
