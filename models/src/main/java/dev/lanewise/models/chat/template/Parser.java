package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Words to statements. Refuses whatever it does not know. */
final class Parser {
    private static final Set<String> ENDS = Set.of("elif", "else", "endif", "endfor", "endset", "endmacro",
            "endgeneration");

    private final Words words;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(Source source) {
        words = new Words(source);
        expressions = new ExpressionParser(words);
    }

    /** All statements of a template. */
    static List<Statement> parse(Source source) {
        Parser parser = new Parser(source);
        List<Statement> body = parser.body();
        if (parser.words.peek().kind() != Kind.END) {
            // A block that ends another one, which is not open.
            parser.words.take();
            throw parser.words.unexpected("a statement");
        }
        return body;
    }

    /** Statements up to a block that ends another one, which is the next word then; or to the end. */
    private List<Statement> body() {
        List<Statement> body = new ArrayList<>();
        for (;;) {
            Token token = words.peek();
            switch (token.kind()) {
                case END -> {
                    return body;
                }
                case DATA -> {
                    words.take();
                    body.add(new Statement.Text(token.at(), token.text()));
                }
                case PRINT_BEGIN -> {
                    words.take();
                    body.add(new Statement.Print(token.at(), expressions.tuple(true)));
                    words.expect(Kind.PRINT_END, "}}");
                }
                default -> {
                    Token name = words.second();
                    if (name.kind() == Kind.NAME && ENDS.contains(name.text())) {
                        return body;
                    }
                    words.take();
                    words.enter();
                    body.add(statement());
                    words.leave();
                }
            }
        }
    }

    private Statement statement() {
        Token name = words.expect(Kind.NAME, null);
        return switch (name.text()) {
            case "if" -> ifStatement(name);
            case "for" -> forStatement(name);
            case "set" -> setStatement(name);
            case "macro" -> macro(name);
            case "generation" -> { // marks what the model is trained on
                endBlock();
                List<Statement> body = body();
                close("endgeneration", name);
                yield new Statement.Group(name.at(), body);
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw words.error(name, name.text() + " is in no loop");
                }
                endBlock();
                yield new Statement.Jump(name.at(), name.text().equals("break"));
            }
            default -> throw words.error(name, "the statement '" + name.text() + "' is not known here; known are"
                    + " if, for, set, macro, generation, break, continue, raw");
        };
    }

    private Statement ifStatement(Token opened) {
        List<Expression> conditions = new ArrayList<>();
        List<List<Statement>> bodies = new ArrayList<>();
        conditions.add(expressions.tuple(true));
        endBlock();
        for (;;) {
            bodies.add(body());
            Token end = blockName(opened);
            if (end.text().equals("elif")) {
                conditions.add(expressions.tuple(true));
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
                throw words.error(end, "'" + end.text() + "' cannot end an if");
            }
        }
        return new Statement.If(opened.at(), conditions, bodies);
    }

    private Statement forStatement(Token opened) {
        List<String> targets = targets();
        words.expectName("in");
        Expression in = expressions.tuple(false);
        Expression filter = words.acceptName("if") ? expressions.expression() : null;
        if (words.peek().is(Kind.NAME, "recursive")) {
            throw words.error(words.peek(), "recursive loops are not known");
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
            throw words.error(end, "'" + end.text() + "' cannot end a for");
        }
        endBlock();
        return new Statement.For(opened.at(), targets, in, filter, body, otherwise);
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        boolean brackets = words.accept("(");
        do {
            targets.add(variable());
        } while (words.accept(",") && words.peek().kind() == Kind.NAME && !words.peek().text().equals("in"));
        if (brackets) {
            words.expect(Kind.SIGN, ")");
        }
        return List.copyOf(targets);
    }

    private String variable() {
        Token name = words.expect(Kind.NAME, null);
        if (!OperandParser.isVariable(name.text())) {
            throw words.error(name, "'" + name.text() + "' cannot be the name of a variable");
        }
        return name.text();
    }

    private Statement setStatement(Token opened) {
        List<String> targets = targets();
        String attribute = targets.size() == 1 && words.accept(".") ? words.expect(Kind.NAME, null).text() : null;
        if (words.accept("=")) {
            Expression value = expressions.tuple(true);
            endBlock();
            return new Statement.Set(opened.at(), targets, attribute, value);
        }
        if (targets.size() > 1 || attribute != null || words.peek().kind() != Kind.BLOCK_END) {
            throw words.unexpected("'='");
        }
        endBlock();
        List<Statement> body = body();
        close("endset", opened);
        return new Statement.SetBlock(opened.at(), targets.getFirst(), body);
    }

    private Statement macro(Token opened) {
        String name = variable();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        words.expect(Kind.SIGN, "(");
        while (!words.accept(")")) {
            if (!parameters.isEmpty()) {
                words.expect(Kind.SIGN, ",");
            }
            Token parameter = words.peek();
            parameters.add(variable());
            if (words.accept("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw words.error(parameter, "this parameter needs a default, as the one before it");
            }
        }
        endBlock();
        int outer = loops;
        loops = 0;
        List<Statement> body = body();
        loops = outer;
        close("endmacro", opened);
        return new Statement.Macro(opened.at(), name, List.copyOf(parameters), List.copyOf(defaults), body);
    }

    /** The name of the block that ends another one; the word behind it is next. */
    private Token blockName(Token opened) {
        if (words.peek().kind() == Kind.END) {
            throw words.error(opened, "'" + opened.text() + "' has no end");
        }
        words.take();
        return words.expect(Kind.NAME, null);
    }

    private void close(String end, Token opened) {
        Token name = blockName(opened);
        if (!name.text().equals(end)) {
            throw words.error(name, "'" + name.text() + "' cannot end '" + opened.text() + "'");
        }
        endBlock();
    }

    private void endBlock() {
        words.expect(Kind.BLOCK_END, "%}");
    }
}
