package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Expression.Arguments;
import dev.lanewise.models.chat.template.Token.Kind;
import dev.lanewise.error.ChatTemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Words to statements and expressions, with Jinja's precedences. Refuses whatever it does not know. */
final class Parser {
    /** Brackets, blocks and signs within each other: no published template has 20. */
    private static final int DEEPEST = 60;
    private static final Set<String> WORDS = Set.of("and", "or", "not", "in", "is", "if", "else");
    private static final Set<String> COMPARING = Set.of("==", "!=", "<", ">", "<=", ">=");

    private static final Set<String> ENDS = Set.of("elif", "else", "endif", "endfor", "endset", "endmacro",
            "endgeneration");

    /** Stands for none, which is null as a value, where null has another meaning. */
    private static final Object NONE = new Object();

    private final Source source;
    private final List<Token> tokens;
    private int next;
    private int depth;
    private int loops;

    private Parser(Source source) {
        this.source = source;
        this.tokens = Lexer.read(source);
    }

    /** All statements of a template. */
    static List<Statement> parse(Source source) {
        Parser parser = new Parser(source);
        List<Statement> body = parser.body();
        if (parser.peek().kind() != Kind.END) {
            // A block that ends another one, which is not open.
            parser.next++;
            throw parser.unexpected("a statement");
        }
        return body;
    }

    // ---- Statements

    /** Statements up to a block that ends another one, which is the next word then; or to the end. */
    private List<Statement> body() {
        List<Statement> body = new ArrayList<>();
        for (;;) {
            Token token = peek();
            switch (token.kind()) {
                case END -> {
                    return body;
                }
                case DATA -> {
                    next++;
                    body.add(new Statement.Text(token.at(), token.text()));
                }
                case PRINT_BEGIN -> {
                    next++;
                    body.add(new Statement.Print(token.at(), tuple(true)));
                    expect(Kind.PRINT_END, "}}");
                }
                default -> {
                    Token name = tokens.get(next + 1);
                    if (name.kind() == Kind.NAME && ENDS.contains(name.text())) {
                        return body;
                    }
                    next++;
                    enter();
                    body.add(statement());
                    depth--;
                }
            }
        }
    }

    private Statement statement() {
        Token name = expect(Kind.NAME, null);
        return switch (name.text()) {
            case "if" -> ifStatement(name.at());
            case "for" -> forStatement(name.at());
            case "set" -> setStatement(name.at());
            case "macro" -> macro(name.at());
            case "generation" -> { // marks what the model is trained on
                endBlock();
                List<Statement> body = body();
                close("endgeneration", name);
                yield new Statement.Group(name.at(), body);
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw source.error(name.at(), name.text() + " is in no loop");
                }
                endBlock();
                yield new Statement.Jump(name.at(), name.text().equals("break"));
            }
            default -> throw source.error(name.at(), "the statement '" + name.text() + "' is not known here; known are"
                    + " if, for, set, macro, generation, break, continue, raw");
        };
    }

    private Statement ifStatement(int at) {
        List<Expression> conditions = new ArrayList<>();
        List<List<Statement>> bodies = new ArrayList<>();
        Token opened = tokens.get(next - 1);
        conditions.add(tuple(true));
        endBlock();
        for (;;) {
            bodies.add(body());
            Token end = blockName(opened);
            if (end.text().equals("elif")) {
                conditions.add(tuple(true));
                endBlock();
            } else if (end.text().equals("else")) {
                conditions.add(null);
                endBlock();
                bodies.add(body());
                close("endif", opened);
                break;
            } else if (end.text().equals("endif")) {
                endBlock();
                break;
            } else {
                throw source.error(end.at(), "'" + end.text() + "' cannot end an if");
            }
        }
        return new Statement.If(at, conditions, bodies);
    }

    private Statement forStatement(int at) {
        Token opened = tokens.get(next - 1);
        List<String> targets = targets();
        expectName("in");
        Expression in = tuple(false);
        Expression filter = acceptName("if") ? expression() : null;
        if (peek().is(Kind.NAME, "recursive")) {
            throw source.error(peek().at(), "recursive loops are not known");
        }
        endBlock();
        loops++;
        List<Statement> body = body();
        loops--;
        List<Statement> otherwise = List.of();
        Token end = blockName(opened);
        if (end.text().equals("else")) {
            endBlock();
            otherwise = body();
            end = blockName(opened);
        }
        if (!end.text().equals("endfor")) {
            throw source.error(end.at(), "'" + end.text() + "' cannot end a for");
        }
        endBlock();
        return new Statement.For(at, targets, in, filter, body, otherwise);
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        boolean brackets = accept("(");
        do {
            targets.add(variable());
        } while (accept(",") && peek().kind() == Kind.NAME && !peek().text().equals("in"));
        if (brackets) {
            expect(Kind.SIGN, ")");
        }
        return List.copyOf(targets);
    }

    private String variable() {
        Token name = expect(Kind.NAME, null);
        if (WORDS.contains(name.text()) || literal(name.text()) != null) {
            throw source.error(name.at(), "'" + name.text() + "' cannot be the name of a variable");
        }
        return name.text();
    }

    private Statement setStatement(int at) {
        Token opened = tokens.get(next - 1);
        List<String> targets = targets();
        String attribute = targets.size() == 1 && accept(".") ? expect(Kind.NAME, null).text() : null;
        if (accept("=")) {
            Expression value = tuple(true);
            endBlock();
            return new Statement.Set(at, targets, attribute, value);
        }
        if (targets.size() > 1 || attribute != null || peek().kind() != Kind.BLOCK_END) {
            throw unexpected("'='");
        }
        endBlock();
        List<Statement> body = body();
        close("endset", opened);
        return new Statement.SetBlock(at, targets.getFirst(), body);
    }

    private Statement macro(int at) {
        Token opened = tokens.get(next - 1);
        String name = variable();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        expect(Kind.SIGN, "(");
        while (!accept(")")) {
            if (!parameters.isEmpty()) {
                expect(Kind.SIGN, ",");
            }
            Token parameter = peek();
            parameters.add(variable());
            if (accept("=")) {
                defaults.add(expression());
            } else if (!defaults.isEmpty()) {
                throw source.error(parameter.at(), "this parameter needs a default, as the one before it");
            }
        }
        endBlock();
        int outer = loops;
        loops = 0;
        List<Statement> body = body();
        loops = outer;
        close("endmacro", opened);
        return new Statement.Macro(at, name, List.copyOf(parameters), List.copyOf(defaults), body);
    }

    /** The name of the block that ends another one; the word behind it is next. */
    private Token blockName(Token opened) {
        if (peek().kind() == Kind.END) {
            throw source.error(opened.at(), "'" + opened.text() + "' has no end");
        }
        next++;
        return expect(Kind.NAME, null);
    }

    private void close(String end, Token opened) {
        Token name = blockName(opened);
        if (!name.text().equals(end)) {
            throw source.error(name.at(), "'" + name.text() + "' cannot end '" + opened.text() + "'");
        }
        endBlock();
    }

    private void endBlock() {
        expect(Kind.BLOCK_END, "%}");
    }

    // ---- Expressions

    /** One expression, or several without brackets, which are a tuple. */
    private Expression tuple(boolean conditional) {
        Expression first = conditional ? expression() : or();
        if (!peek().is(Kind.SIGN, ",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (accept(",") && !endsTuple()) {
            elements.add(conditional ? expression() : or());
        }
        return new Expression.ListOf(first.at(), true, elements);
    }

    private boolean endsTuple() {
        Kind kind = peek().kind();
        return kind == Kind.BLOCK_END || kind == Kind.PRINT_END || peek().is(Kind.SIGN, ")")
                || peek().is(Kind.NAME, "if");
    }

    private Expression expression() {
        enter();
        Expression value = or();
        while (peek().is(Kind.NAME, "if")) {
            int at = take().at();
            Expression condition = or();
            Expression otherwise = acceptName("else")
                    ? expression()
                    : new Expression.Literal(at, Undefined.of("the value of an if without else"));
            value = new Expression.Conditional(at, condition, value, otherwise);
        }
        depth--;
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (peek().is(Kind.NAME, "or")) {
            left = new Expression.Binary(take().at(), "or", left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (peek().is(Kind.NAME, "and")) {
            left = new Expression.Binary(take().at(), "and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (!peek().is(Kind.NAME, "not")) {
            return comparison();
        }
        enter();
        Expression value = new Expression.Unary(take().at(), "not", not());
        depth--;
        return value;
    }

    private Expression comparison() {
        Expression first = sum();
        List<String> signs = new ArrayList<>();
        List<Expression> operands = new ArrayList<>();
        int at = peek().at();
        for (;;) {
            Token token = peek();
            if (token.kind() == Kind.SIGN && COMPARING.contains(token.text())) {
                signs.add(take().text());
            } else if (acceptName("in")) {
                signs.add("in");
            } else if (token.is(Kind.NAME, "not") && tokens.get(next + 1).is(Kind.NAME, "in")) {
                next += 2;
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
        while (peek().is(Kind.SIGN, "+") || peek().is(Kind.SIGN, "-")) {
            Token sign = take();
            left = new Expression.Binary(sign.at(), sign.text(), left, joined());
        }
        return left;
    }

    private Expression joined() {
        Expression left = product();
        while (peek().is(Kind.SIGN, "~")) {
            left = new Expression.Binary(take().at(), "~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (peek().kind() == Kind.SIGN && Set.of("*", "/", "//", "%").contains(peek().text())) {
            Token sign = take();
            left = new Expression.Binary(sign.at(), sign.text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (peek().is(Kind.SIGN, "**")) {
            left = new Expression.Binary(take().at(), "**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Token token = peek();
        Expression value;
        if (token.is(Kind.SIGN, "-") || token.is(Kind.SIGN, "+")) {
            enter();
            next++;
            value = new Expression.Unary(token.at(), token.text(), unary(false));
            depth--;
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filters(value) : value;
    }

    private Expression primary() {
        Token token = take();
        return switch (token.kind()) {
            case NAME -> {
                if (WORDS.contains(token.text())) {
                    next--;
                    throw unexpected("a value");
                }
                Object literal = literal(token.text());
                yield literal != null
                        ? new Expression.Literal(token.at(), literal == NONE ? null : literal)
                        : new Expression.Name(token.at(), token.text());
            }
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (peek().kind() == Kind.STRING) {
                    text.append(take().text());
                }
                yield new Expression.Literal(token.at(), text.toString());
            }
            case INTEGER -> new Expression.Literal(token.at(), integer(token));
            case FLOAT -> new Expression.Literal(token.at(), Double.parseDouble(token.text()));
            case SIGN -> bracket(token);
            default -> {
                next--;
                throw unexpected("a value");
            }
        };
    }

    private Long integer(Token token) {
        try {
            return Long.parseLong(token.text());
        } catch (NumberFormatException e) {
            throw source.error(token.at(), "the number " + token.text() + " is too large");
        }
    }

    /** A constant that has a name, {@link Undefined#NONE} for none, or null for any other name. */
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
                if (accept(")")) {
                    return new Expression.ListOf(open.at(), true, List.of());
                }
                Expression value = tuple(true);
                expect(Kind.SIGN, ")");
                return value;
            }
            case "[" -> {
                List<Expression> elements = new ArrayList<>();
                while (!accept("]")) {
                    if (!elements.isEmpty()) {
                        expect(Kind.SIGN, ",");
                        if (accept("]")) {
                            break;
                        }
                    }
                    elements.add(expression());
                }
                return new Expression.ListOf(open.at(), false, elements);
            }
            case "{" -> {
                List<Expression> keys = new ArrayList<>();
                List<Expression> values = new ArrayList<>();
                while (!accept("}")) {
                    if (!keys.isEmpty()) {
                        expect(Kind.SIGN, ",");
                        if (accept("}")) {
                            break;
                        }
                    }
                    keys.add(expression());
                    expect(Kind.SIGN, ":");
                    values.add(expression());
                }
                return new Expression.DictOf(open.at(), keys, values);
            }
            default -> {
                next--;
                throw unexpected("a value");
            }
        }
    }

    private Expression postfix(Expression of) {
        Expression value = of;
        for (;;) {
            Token token = peek();
            if (accept(".")) {
                Token name = take();
                if (name.kind() == Kind.INTEGER) {
                    value = new Expression.Item(token.at(), value,
                            new Expression.Literal(name.at(), integer(name)));
                } else if (name.kind() == Kind.NAME) {
                    value = new Expression.Attribute(token.at(), value, name.text());
                } else {
                    next--;
                    throw unexpected("a name");
                }
            } else if (accept("[")) {
                value = subscript(token.at(), value);
            } else if (accept("(")) {
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(int at, Expression of) {
        Expression from = peek().is(Kind.SIGN, ":") ? null : tuple(true);
        if (accept("]")) {
            return new Expression.Item(at, of, from);
        }
        expect(Kind.SIGN, ":");
        Expression to = peek().is(Kind.SIGN, ":") || peek().is(Kind.SIGN, "]") ? null : expression();
        Expression step = accept(":") && !peek().is(Kind.SIGN, "]") ? expression() : null;
        expect(Kind.SIGN, "]");
        return new Expression.Slice(at, of, from, to, step);
    }

    /** What is in brackets, up to the closing one. */
    private Arguments arguments() {
        List<Expression> positional = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expression> named = new ArrayList<>();
        while (!accept(")")) {
            if (!positional.isEmpty() || !names.isEmpty()) {
                expect(Kind.SIGN, ",");
                if (accept(")")) {
                    break;
                }
            }
            Token token = peek();
            if (token.is(Kind.SIGN, "*") || token.is(Kind.SIGN, "**")) {
                throw source.error(token.at(), "arguments with stars are not known");
            }
            if (token.kind() == Kind.NAME && tokens.get(next + 1).is(Kind.SIGN, "=")) {
                next += 2;
                if (names.contains(token.text())) {
                    throw source.error(token.at(), "the argument '" + token.text() + "' is there twice");
                }
                names.add(token.text());
                named.add(expression());
            } else if (!names.isEmpty()) {
                throw source.error(token.at(), "this argument needs a name, as the one before it");
            } else {
                positional.add(expression());
            }
        }
        return new Arguments(positional, names, named);
    }

    private Expression filters(Expression of) {
        Expression value = of;
        for (;;) {
            Token token = peek();
            if (accept("|")) {
                Token name = expect(Kind.NAME, null);
                if (!Filters.isKnown(name.text())) {
                    throw source.error(name.at(), "the filter '" + name.text() + "' is not known");
                }
                value = new Expression.Filter(name.at(), value, name.text(),
                        accept("(") ? arguments() : Arguments.NONE);
            } else if (acceptName("is")) {
                value = test(value);
            } else if (token.is(Kind.SIGN, "(")) {
                next++;
                value = new Expression.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression of) {
        boolean negated = acceptName("not");
        Token name = take();
        if (name.kind() != Kind.NAME && !(name.kind() == Kind.SIGN && COMPARING.contains(name.text()))
                || !Tests.isKnown(name.text())) {
            throw source.error(name.at(), "the test '" + name.text() + "' is not known");
        }
        Arguments arguments = Arguments.NONE;
        if (accept("(")) {
            arguments = arguments();
        } else if (Tests.takesArgument(name.text())) {
            arguments = new Arguments(List.of(postfix(primary())), List.of(), List.of());
        }
        return new Expression.Test(name.at(), of, name.text(), negated, arguments);
    }

    // ---- Words

    private void enter() {
        if (++depth > DEEPEST) {
            throw source.error(peek().at(), "more than " + DEEPEST + " brackets, blocks or signs within each other");
        }
    }

    private Token peek() {
        return tokens.get(next);
    }

    /** The next word; the last one stays. */
    private Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    private boolean accept(String sign) {
        if (!peek().is(Kind.SIGN, sign)) {
            return false;
        }
        next++;
        return true;
    }

    private boolean acceptName(String name) {
        if (!peek().is(Kind.NAME, name)) {
            return false;
        }
        next++;
        return true;
    }

    private void expectName(String name) {
        if (!acceptName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    /** @param text which one, or null for any */
    private Token expect(Kind kind, String text) {
        if (peek().kind() != kind || text != null && !peek().text().equals(text)) {
            throw unexpected(text == null ? "a name" : "'" + text + "'");
        }
        return take();
    }

    private ChatTemplateException unexpected(String expected) {
        Token found = peek();
        return source.error(found.at(), "expected " + expected + ", found "
                + (found.kind() == Kind.END ? found.text() : "'" + found.text() + "'"));
    }
}
