package io.tlem.traffic;

import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * A number that may depend on the time: {@code 10k*(1+sin(2*pi*t/60))}. Numbers may have k, M or G behind them (powers of 1000);
 * there are {@code + - * / ^ ( )}, comparisons {@code < >} that are 1 or 0, {@code t} (seconds), {@code pi}, {@code e} and functions.
 * Evaluating it allocates nothing.
 */
final class Expression {
    private static final int LONGEST = 1000;
    private static final int DEEPEST = 50;

    private static final Map<String, DoubleUnaryOperator> FUNCTIONS = Map.of(
            "sin", Math::sin,
            "cos", Math::cos,
            "tan", Math::tan,
            "exp", Math::exp,
            "log", Math::log,
            "sqrt", Math::sqrt,
            "abs", Math::abs,
            "floor", Math::floor);
    private static final Map<String, DoubleBinaryOperator> PAIRS = Map.of("min", Math::min, "max", Math::max);

    private final String text;
    private final DoubleUnaryOperator value;
    private int at;
    private int depth;
    private boolean constant = true;

    private Expression(String text) {
        this.text = text;
        if (text.length() > LONGEST) {
            throw wrong("is longer than " + LONGEST + " characters");
        }
        value = comparison();
        skipSpace();
        if (at < text.length()) {
            throw wrong("has something behind its end, at '" + Shown.text(text.substring(at)) + "'");
        }
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static Expression parse(String text) {
        return new Expression(text);
    }

    /** Of the seconds. */
    DoubleUnaryOperator value() {
        return value;
    }

    /** Whether it is the same at any time. */
    boolean isConstant() {
        return constant;
    }

    private IllegalArgumentException wrong(String reason) {
        return new IllegalArgumentException(Shown.quoted(text) + " " + reason);
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    /** Goes past one of these characters if it is next; returns it, or 0. */
    private char next(String of) {
        skipSpace();
        if (at < text.length() && of.indexOf(text.charAt(at)) >= 0) {
            return text.charAt(at++);
        }
        return 0;
    }

    private DoubleUnaryOperator comparison() {
        if (++depth > DEEPEST) {
            throw wrong("is nested too deeply");
        }
        DoubleUnaryOperator left = sum();
        char sign = next("<>");
        if (sign != 0) {
            DoubleUnaryOperator a = left;
            DoubleUnaryOperator b = sum();
            left = sign == '<'
                    ? t -> a.applyAsDouble(t) < b.applyAsDouble(t) ? 1 : 0
                    : t -> a.applyAsDouble(t) > b.applyAsDouble(t) ? 1 : 0;
        }
        depth--;
        return left;
    }

    private DoubleUnaryOperator sum() {
        DoubleUnaryOperator left = product();
        for (char sign = next("+-"); sign != 0; sign = next("+-")) {
            DoubleUnaryOperator a = left;
            DoubleUnaryOperator b = product();
            left = sign == '+'
                    ? t -> a.applyAsDouble(t) + b.applyAsDouble(t)
                    : t -> a.applyAsDouble(t) - b.applyAsDouble(t);
        }
        return left;
    }

    private DoubleUnaryOperator product() {
        DoubleUnaryOperator left = signed();
        for (char sign = next("*/"); sign != 0; sign = next("*/")) {
            DoubleUnaryOperator a = left;
            DoubleUnaryOperator b = signed();
            left = sign == '*'
                    ? t -> a.applyAsDouble(t) * b.applyAsDouble(t)
                    : t -> a.applyAsDouble(t) / b.applyAsDouble(t);
        }
        return left;
    }

    private DoubleUnaryOperator signed() {
        if (next("-") == 0) {
            return power();
        }
        if (++depth > DEEPEST) {
            throw wrong("is nested too deeply");
        }
        DoubleUnaryOperator of = signed();
        depth--;
        return t -> -of.applyAsDouble(t);
    }

    private DoubleUnaryOperator power() {
        DoubleUnaryOperator base = atom();
        if (next("^") == 0) {
            return base;
        }
        DoubleUnaryOperator exponent = signed();
        return t -> Math.pow(base.applyAsDouble(t), exponent.applyAsDouble(t));
    }

    private DoubleUnaryOperator atom() {
        skipSpace();
        if (at == text.length()) {
            throw wrong("ends where a number is expected");
        }
        char first = text.charAt(at);
        if (first == '(') {
            at++;
            DoubleUnaryOperator inside = comparison();
            close();
            return inside;
        }
        if (first == '.' || isDigit(first)) {
            double number = number();
            return t -> number;
        }
        if (!isLetter(first)) {
            throw wrong("has " + Shown.quoted(Character.toString(first)) + " where a number is expected");
        }
        return named();
    }

    private void close() {
        if (next(")") == 0) {
            throw wrong("lacks a closing parenthesis");
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private double number() {
        int start = at;
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        int exponent = at;
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int digits = at + 1;
            if (digits < text.length() && (text.charAt(digits) == '-' || text.charAt(digits) == '+')) {
                digits++;
            }
            while (digits < text.length() && isDigit(text.charAt(digits))) {
                digits++;
                exponent = digits;
            }
        }
        at = exponent;
        double value;
        try {
            value = Double.parseDouble(text.substring(start, at));
        } catch (NumberFormatException e) {
            throw wrong("has " + Shown.quoted(text.substring(start, at)) + " where a number is expected");
        }
        if (at < text.length() && isLetter(text.charAt(at))) {
            value *= switch (text.charAt(at)) {
                case 'k', 'K' -> 1e3;
                case 'M' -> 1e6;
                case 'G' -> 1e9;
                default ->
                    throw wrong(
                            "has " + Shown.quoted(text.substring(start)) + ", which is not a number with k, M or G");
            };
            at++;
            if (at < text.length() && isLetter(text.charAt(at))) {
                throw wrong("has " + Shown.quoted(text.substring(start)) + ", which is not a number with k, M or G");
            }
        }
        return value;
    }

    private DoubleUnaryOperator named() {
        int start = at;
        while (at < text.length() && isLetter(text.charAt(at))) {
            at++;
        }
        String name = text.substring(start, at);
        switch (name) {
            case "t" -> {
                constant = false;
                return t -> t;
            }
            case "pi" -> {
                return t -> Math.PI;
            }
            case "e" -> {
                return t -> Math.E;
            }
            default -> {
                return function(name);
            }
        }
    }

    private DoubleUnaryOperator function(String name) {
        DoubleUnaryOperator one = FUNCTIONS.get(name);
        DoubleBinaryOperator two = PAIRS.get(name);
        if (one == null && two == null) {
            List<String> names = new ArrayList<>(List.of("t", "pi", "e"));
            names.addAll(new TreeSet<>(FUNCTIONS.keySet()));
            names.addAll(new TreeSet<>(PAIRS.keySet()));
            throw wrong("has " + Shown.quoted(name) + ", which is not known" + Nearest.hint(name, names));
        }
        if (next("(") == 0) {
            throw wrong("has " + name + " without a parenthesis behind it");
        }
        DoubleUnaryOperator a = comparison();
        if (one != null) {
            close();
            return t -> one.applyAsDouble(a.applyAsDouble(t));
        }
        if (next(",") == 0) {
            throw wrong("has " + name + " with one number; it takes two");
        }
        DoubleUnaryOperator b = comparison();
        close();
        return t -> two.applyAsDouble(a.applyAsDouble(t), b.applyAsDouble(t));
    }
}
