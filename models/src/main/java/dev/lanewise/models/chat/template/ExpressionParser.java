package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Words to expressions: operators, with Jinja's precedences. */
final class ExpressionParser {
    /** Those of comparisons. */
    static final Set<String> COMPARING = Set.of("==", "!=", "<", ">", "<=", ">=");
    private static final Set<String> MULTIPLYING = Set.of("*", "/", "//", "%");

    private final Words words;
    private final OperandParser operands;

    ExpressionParser(Words words) {
        this.words = words;
        this.operands = new OperandParser(words, this);
    }

    /** One expression, or several without brackets, which are a tuple. */
    Expression tuple(boolean conditional) {
        Expression first = conditional ? expression() : or();
        if (!words.peek().is(Kind.SIGN, ",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (words.accept(",") && !endsTuple()) {
            elements.add(conditional ? expression() : or());
        }
        return new Expression.ListOf(first.at(), true, elements);
    }

    private boolean endsTuple() {
        Kind kind = words.peek().kind();
        return kind == Kind.BLOCK_END || kind == Kind.PRINT_END || words.peek().is(Kind.SIGN, ")")
                || words.peek().is(Kind.NAME, "if");
    }

    /** One expression. */
    Expression expression() {
        words.enter();
        Expression value = or();
        while (words.peek().is(Kind.NAME, "if")) {
            int at = words.take().at();
            Expression condition = or();
            Expression otherwise = words.acceptName("else")
                    ? expression()
                    : new Expression.Literal(at, Undefined.of("the value of an if without else"));
            value = new Expression.Conditional(at, condition, value, otherwise);
        }
        words.leave();
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (words.peek().is(Kind.NAME, "or")) {
            left = new Expression.Binary(words.take().at(), "or", left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (words.peek().is(Kind.NAME, "and")) {
            left = new Expression.Binary(words.take().at(), "and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (!words.peek().is(Kind.NAME, "not")) {
            return comparison();
        }
        words.enter();
        Expression value = new Expression.Unary(words.take().at(), "not", not());
        words.leave();
        return value;
    }

    private Expression comparison() {
        Expression first = sum();
        List<String> signs = new ArrayList<>();
        List<Expression> operands = new ArrayList<>();
        int at = words.peek().at();
        for (;;) {
            Token token = words.peek();
            if (token.kind() == Kind.SIGN && COMPARING.contains(token.text())) {
                signs.add(words.take().text());
            } else if (words.acceptName("in")) {
                signs.add("in");
            } else if (token.is(Kind.NAME, "not") && words.second().is(Kind.NAME, "in")) {
                words.take();
                words.take();
                signs.add("not in");
            } else {
                break;
            }
            operands.add(sum());
        }
        return signs.isEmpty() ? first : new Expression.Comparison(at, first, signs, operands);
    }

    private Expression sum() {
        Expression left = joined();
        while (words.peek().is(Kind.SIGN, "+") || words.peek().is(Kind.SIGN, "-")) {
            Token sign = words.take();
            left = new Expression.Binary(sign.at(), sign.text(), left, joined());
        }
        return left;
    }

    private Expression joined() {
        Expression left = product();
        while (words.peek().is(Kind.SIGN, "~")) {
            left = new Expression.Binary(words.take().at(), "~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (words.peek().kind() == Kind.SIGN && MULTIPLYING.contains(words.peek().text())) {
            Token sign = words.take();
            left = new Expression.Binary(sign.at(), sign.text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = operands.unary(true);
        while (words.peek().is(Kind.SIGN, "**")) {
            left = new Expression.Binary(words.take().at(), "**", left, operands.unary(true));
        }
        return left;
    }
}
