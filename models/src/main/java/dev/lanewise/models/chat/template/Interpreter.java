package dev.lanewise.models.chat.template;

import dev.lanewise.models.chat.template.Expression.Arguments;
import dev.lanewise.error.ChatTemplateException;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a template once. Values are those of JSON: null, {@link Boolean}, {@link Long}, {@link Double}, {@link String},
 * {@link List}, {@link Map}; besides, {@link Undefined}, {@link Namespace}, {@link Loop} and {@link Function}.
 *
 * <p>Every node, every element and every few characters that are made cost a step; when the steps are spent, it ends.
 */
final class Interpreter {
    /** Some hundred times what the longest published template needs for a long conversation; seconds at the worst. */
    private static final long STEPS = 20_000_000;
    private static final int CHARACTERS_PER_STEP = 4;
    /** Of nodes within each other, macros that call each other included. */
    private static final int DEEPEST = 300;

    private enum Flow {
        ON, BREAK, CONTINUE
    }

    private final Source source;
    private final ZonedDateTime now;
    private final Values values = new Values(this);
    private StringBuilder out = new StringBuilder();
    private Scope scope = new Scope(null);
    private long steps = STEPS;
    private int depth;
    private int at;

    Interpreter(Source source, Map<String, Object> variables, ZonedDateTime now) {
        this.source = source;
        this.now = now;
        variables.forEach(scope::set);
        Globals.all().forEach((name, function) -> {
            if (!variables.containsKey(name)) {
                scope.set(name, function);
            }
        });
        scope = new Scope(scope);
    }

    String run(List<Statement> body) {
        execute(body);
        return out.toString();
    }

    Values values() {
        return values;
    }

    ZonedDateTime now() {
        return now;
    }

    /** What is wrong with what is done now. */
    ChatTemplateException error(String problem) {
        return source.error(at, problem);
    }

    /** Pays for work, before it is done. */
    void pay(long work) {
        steps -= work;
        if (steps < 0) {
            throw error("the template takes more than " + STEPS + " steps: it does not end, or does too much");
        }
    }

    /** Pays for characters that are made. */
    void payText(long characters) {
        pay(1 + characters / CHARACTERS_PER_STEP);
    }

    // ---- Statements

    private Flow execute(List<Statement> body) {
        for (Statement statement : body) {
            Flow flow = execute(statement);
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow execute(Statement statement) {
        enter(statement.at());
        Flow flow = Flow.ON;
        switch (statement) {
            case Statement.Text text -> print(text.text());
            case Statement.Print print -> {
                Object value = evaluate(print.value());
                at = print.at();
                print(Printer.text(this, value));
            }
            case Statement.If branch -> flow = branch(branch);
            case Statement.For loop -> flow = loop(loop);
            case Statement.Set set -> set(set);
            case Statement.SetBlock set -> scope.set(set.target(), printed(set.body()));
            case Statement.Macro macro -> scope.set(macro.name(), macro(macro, scope));
            case Statement.Jump jump -> flow = jump.out() ? Flow.BREAK : Flow.CONTINUE;
            case Statement.Group group -> flow = execute(group.body());
        }
        depth--;
        return flow;
    }

    private void print(String text) {
        payText(text.length());
        out.append(text);
    }

    private Flow branch(Statement.If branch) {
        for (int i = 0; i < branch.conditions().size(); i++) {
            Expression condition = branch.conditions().get(i);
            if (condition == null || values.truth(evaluate(condition))) {
                return execute(branch.bodies().get(i));
            }
        }
        return Flow.ON;
    }

    /** What is said for no round comes, as in Jinja2, also where every round was left before its end. */
    private Flow loop(Statement.For statement) {
        Object in = evaluate(statement.in());
        at = statement.at();
        List<Object> elements = values.elements(in);
        Scope outer = scope;
        if (statement.filter() != null) {
            List<Object> kept = new ArrayList<>();
            for (Object element : elements) {
                pay(1);
                scope = new Scope(outer);
                assign(statement.targets(), element, statement.at());
                if (values.truth(evaluate(statement.filter()))) {
                    kept.add(element);
                }
            }
            elements = kept;
        }
        Loop loop = new Loop(elements);
        boolean completed = false;
        for (int i = 0; i < elements.size(); i++) {
            pay(1);
            scope = new Scope(outer);
            loop.at(i);
            scope.set("loop", loop);
            assign(statement.targets(), elements.get(i), statement.at());
            Flow flow = execute(statement.body());
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.ON;
        }
        scope = outer;
        return completed ? Flow.ON : execute(statement.otherwise());
    }

    private void set(Statement.Set set) {
        Object value = evaluate(set.value());
        at = set.at();
        if (set.attribute() == null) {
            assign(set.targets(), value, set.at());
        } else if (scope.get(set.targets().getFirst()) instanceof Namespace namespace) {
            namespace.values.put(set.attribute(), value);
        } else {
            throw error("only attributes of a namespace can be set, and '" + set.targets().getFirst() + "' is none");
        }
    }

    private void assign(List<String> targets, Object value, int where) {
        if (targets.size() == 1) {
            scope.set(targets.getFirst(), value);
            return;
        }
        at = where;
        List<Object> elements = values.elements(value);
        if (elements.size() != targets.size()) {
            throw error(elements.size() + " values for the " + targets.size() + " names " + targets);
        }
        for (int i = 0; i < targets.size(); i++) {
            scope.set(targets.get(i), elements.get(i));
        }
    }

    private String printed(List<Statement> body) {
        StringBuilder outer = out;
        out = new StringBuilder();
        execute(body);
        String text = out.toString();
        out = outer;
        return text;
    }

    private Function macro(Statement.Macro macro, Scope defined) {
        String[] names = macro.parameters().toArray(String[]::new);
        return (in, given) -> {
            Object[] bound = given.bind(in, "the macro " + macro.name(), names);
            Scope caller = scope;
            scope = new Scope(defined);
            int required = names.length - macro.defaults().size();
            for (int i = 0; i < names.length; i++) {
                boolean isGiven = i < given.positional().size() || given.named().containsKey(names[i]);
                scope.set(names[i], isGiven
                        ? bound[i]
                        : i >= required
                                ? evaluate(macro.defaults().get(i - required))
                                : Undefined.of("'" + names[i] + "'"));
            }
            String text = printed(macro.body());
            scope = caller;
            return text;
        };
    }

    // ---- Expressions

    Object evaluate(Expression expression) {
        enter(expression.at());
        Object value = switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> list.tuple() ? new Tuple(all(list.elements())) : all(list.elements());
            case Expression.DictOf dict -> dict(dict);
            case Expression.Unary unary -> unary(unary);
            case Expression.Binary binary -> binary(binary);
            case Expression.Comparison comparison -> compare(comparison);
            case Expression.Conditional conditional -> evaluate(values.truth(evaluate(conditional.condition()))
                    ? conditional.then()
                    : conditional.otherwise());
            case Expression.Attribute attribute -> {
                Object of = evaluate(attribute.of());
                at = attribute.at();
                yield values.attribute(of, attribute.name());
            }
            case Expression.Item item -> {
                Object of = evaluate(item.of());
                Object key = evaluate(item.key());
                at = item.at();
                yield values.item(of, key);
            }
            case Expression.Slice slice -> slice(slice);
            case Expression.Call call -> call(call);
            case Expression.Filter filter -> {
                Object input = evaluate(filter.input());
                Given given = given(filter.arguments());
                at = filter.at();
                yield Filters.apply(this, filter.name(), input, given);
            }
            case Expression.Test test -> {
                Object input = evaluate(test.input());
                Given given = given(test.arguments());
                at = test.at();
                yield Tests.apply(this, test.name(), input, given) != test.negated();
            }
        };
        depth--;
        return value;
    }

    private List<Object> all(List<Expression> expressions) {
        List<Object> all = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            all.add(evaluate(expression));
        }
        return all;
    }

    private Map<String, Object> dict(Expression.DictOf dict) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < dict.keys().size(); i++) {
            Object key = evaluate(dict.keys().get(i));
            if (!(key instanceof String name)) {
                throw source.error(dict.keys().get(i).at(), "keys of a dictionary must be strings");
            }
            map.put(name, evaluate(dict.values().get(i)));
        }
        return map;
    }

    private Object unary(Expression.Unary unary) {
        Object operand = evaluate(unary.operand());
        at = unary.at();
        return switch (unary.sign()) {
            case "not" -> !values.truth(operand);
            case "-" -> Arithmetic.negated(this, operand);
            default -> Arithmetic.apply(this, "+", 0L, operand);
        };
    }

    private Object binary(Expression.Binary binary) {
        Object left = evaluate(binary.left());
        if (binary.sign().equals("and")) {
            return values.truth(left) ? evaluate(binary.right()) : left;
        }
        if (binary.sign().equals("or")) {
            return values.truth(left) ? left : evaluate(binary.right());
        }
        Object right = evaluate(binary.right());
        at = binary.at();
        return binary.sign().equals("~")
                ? values.joined(Printer.text(this, left), Printer.text(this, right))
                : Arithmetic.apply(this, binary.sign(), left, right);
    }

    private boolean compare(Expression.Comparison comparison) {
        Object left = evaluate(comparison.first());
        for (int i = 0; i < comparison.signs().size(); i++) {
            Object right = evaluate(comparison.operands().get(i));
            at = comparison.at();
            if (!Comparing.holds(this, comparison.signs().get(i), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object slice(Expression.Slice slice) {
        Object of = evaluate(slice.of());
        Object from = slice.from() == null ? null : evaluate(slice.from());
        Object to = slice.to() == null ? null : evaluate(slice.to());
        Object step = slice.step() == null ? null : evaluate(slice.step());
        at = slice.at();
        return values.slice(of, from, to, step);
    }

    private Object call(Expression.Call call) {
        Object callee = evaluate(call.callee());
        Given given = given(call.arguments());
        at = call.at();
        if (!(callee instanceof Function function)) {
            throw error(callee instanceof Undefined undefined
                    ? undefined + ", so that it cannot be called"
                    : "this cannot be called");
        }
        pay(1);
        return function.call(this, given);
    }

    private Given given(Arguments arguments) {
        if (arguments == Arguments.NONE) {
            return Given.NOTHING;
        }
        Map<String, Object> named = new LinkedHashMap<>();
        List<Object> positional = all(arguments.positional());
        for (int i = 0; i < arguments.names().size(); i++) {
            named.put(arguments.names().get(i), evaluate(arguments.named().get(i)));
        }
        return new Given(positional, named);
    }

    private void enter(int where) {
        at = where;
        pay(1);
        if (++depth > DEEPEST) {
            throw error("more than " + DEEPEST + " steps within each other");
        }
    }
}
