package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Expression.Arguments;
import dev.lanewise.models.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Words to the values that operators join: literals, names, and what is behind them in brackets, dots and filters. */
final class OperandParser {
    private static final Set<String> OPERATORS = Set.of("and", "or", "not", "in", "is", "if", "else");

    /** Stands for none, which is null as a value, where null has another meaning. */
    private static final Object NONE = new Object();

    private final Words words;
    private final ExpressionParser expressions;

    OperandParser(Words words, ExpressionParser expressions) {
        this.words = words;
        this.expressions = expressions;
    }

    /** Whether a word can name a variable. */
    static boolean isVariable(String name) {
        return !OPERATORS.contains(name) && literal(name) == null;
    }

    /** A value with its signs, brackets and, if asked, filters. */
    Expression unary(boolean withFilters) {
        Token token = words.peek();
        Expression value;
        if (token.is(Kind.SIGN, "-") || token.is(Kind.SIGN, "+")) {
            words.enter();
            words.take();
            value = new Expression.Unary(token.at(), token.text(), unary(false));
            words.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filters(value) : value;
    }

    private Expression primary() {
        Token token = words.take();
        return switch (token.kind()) {
            case NAME -> {
                if (OPERATORS.contains(token.text())) {
                    throw words.unexpected(token, "a value");
                }
                Object literal = literal(token.text());
                yield literal != null
                        ? new Expression.Literal(token.at(), literal == NONE ? null : literal)
                        : new Expression.Name(token.at(), token.text());
            }
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (words.peek().kind() == Kind.STRING) {
                    text.append(words.take().text());
                }
                yield new Expression.Literal(token.at(), text.toString());
            }
            case INTEGER -> new Expression.Literal(token.at(), integer(token));
            case FLOAT -> new Expression.Literal(token.at(), Double.parseDouble(token.text()));
            case SIGN -> bracket(token);
            default -> throw words.unexpected(token, "a value");
        };
    }

    private Long integer(Token token) {
        try {
            return Long.parseLong(token.text());
        } catch (NumberFormatException e) {
            throw words.error(token, "the number " + token.text() + " is too large");
        }
    }

    /** A constant that has a name, {@link #NONE} for none, or null for any other name. */
    private static Object literal(String name) {
        return switch (name) {
            case "true", "True" -> Boolean.TRUE;
            case "false", "False" -> Boolean.FALSE;
            case "none", "None" -> NONE;
            default -> null;
        };
    }

    private Expression bracket(Token open) {
        switch (open.text()) {
            case "(" -> {
                if (words.accept(")")) {
                    return new Expression.ListOf(open.at(), true, List.of());
                }
                Expression value = expressions.tuple(true);
                words.expect(Kind.SIGN, ")");
                return value;
            }
            case "[" -> {
                List<Expression> elements = new ArrayList<>();
                while (!words.accept("]")) {
                    if (!elements.isEmpty()) {
                        words.expect(Kind.SIGN, ",");
                        if (words.accept("]")) {
                            break;
                        }
                    }
                    elements.add(expressions.expression());
                }
                return new Expression.ListOf(open.at(), false, elements);
            }
            case "{" -> {
                List<Expression> keys = new ArrayList<>();
                List<Expression> values = new ArrayList<>();
                while (!words.accept("}")) {
                    if (!keys.isEmpty()) {
                        words.expect(Kind.SIGN, ",");
                        if (words.accept("}")) {
                            break;
                        }
                    }
                    keys.add(expressions.expression());
                    words.expect(Kind.SIGN, ":");
                    values.add(expressions.expression());
                }
                return new Expression.DictOf(open.at(), keys, values);
            }
            default -> throw words.unexpected(open, "a value");
        }
    }

    private Expression postfix(Expression of) {
        Expression value = of;
        for (;;) {
            Token token = words.peek();
            if (words.accept(".")) {
                Token name = words.take();
                if (name.kind() == Kind.INTEGER) {
                    value = new Expression.Item(token.at(), value,
                            new Expression.Literal(name.at(), integer(name)));
                } else if (name.kind() == Kind.NAME) {
                    value = new Expression.Attribute(token.at(), value, name.text());
                } else {
                    throw words.unexpected(name, "a name");
                }
            } else if (words.accept("[")) {
                value = subscript(token.at(), value);
            } else if (words.accept("(")) {
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(int at, Expression of) {
        Expression from = words.peek().is(Kind.SIGN, ":") ? null : expressions.tuple(true);
        if (words.accept("]")) {
            return new Expression.Item(at, of, from);
        }
        words.expect(Kind.SIGN, ":");
        Expression to = words.peek().is(Kind.SIGN, ":") || words.peek().is(Kind.SIGN, "]")
                ? null
                : expressions.expression();
        Expression step = words.accept(":") && !words.peek().is(Kind.SIGN, "]") ? expressions.expression() : null;
        words.expect(Kind.SIGN, "]");
        return new Expression.Slice(at, of, from, to, step);
    }

    /** What is in brackets, up to the closing one. */
    private Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expression> named = new ArrayList<>();
        while (!words.accept(")")) {
            if (!positional.isEmpty() || !names.isEmpty()) {
                words.expect(Kind.SIGN, ",");
                if (words.accept(")")) {
                    break;
                }
            }
            Token token = words.peek();
            if (token.is(Kind.SIGN, "*") || token.is(Kind.SIGN, "**")) {
                throw words.error(token, "arguments with stars are not known");
            }
            if (token.kind() == Kind.NAME && words.second().is(Kind.SIGN, "=")) {
                words.take();
                words.take();
                if (names.contains(token.text())) {
                    throw words.error(token, "the argument '" + token.text() + "' is there twice");
                }
                names.add(token.text());
                named.add(expressions.expression());
            } else if (!names.isEmpty()) {
                throw words.error(token, "this argument needs a name, as the one before it");
            } else {
                positional.add(expressions.expression());
            }
        }
        return new Arguments(positional, names, named);
    }

    private Expression filters(Expression of) {
        Expression value = of;
        for (;;) {
            Token token = words.peek();
            if (words.accept("|")) {
                Token name = words.expect(Kind.NAME, null);
                if (!Filters.isKnown(name.text())) {
                    throw words.error(name, "the filter '" + name.text() + "' is not known");
                }
                value = new Expression.Filter(name.at(), value, name.text(),
                        words.accept("(") ? arguments() : Arguments.NONE);
            } else if (words.acceptName("is")) {
                value = test(value);
            } else if (token.is(Kind.SIGN, "(")) {
                words.take();
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression of) {
        boolean negated = words.acceptName("not");
        Token name = words.take();
        if (name.kind() != Kind.NAME && !(name.kind() == Kind.SIGN && ExpressionParser.COMPARING.contains(name.text()))
                || !Tests.isKnown(name.text())) {
            throw words.error(name, "the test '" + name.text() + "' is not known");
        }
        Arguments arguments = Arguments.NONE;
        if (words.accept("(")) {
            arguments = arguments();
        } else if (Tests.takesArgument(name.text())) {
            arguments = new Arguments(List.of(postfix(primary())), List.of(), List.of());
        }
        return new Expression.Test(name.at(), of, name.text(), negated, arguments);
    }
}
