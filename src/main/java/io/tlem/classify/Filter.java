package io.tlem.classify;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Rules that say what becomes of packets before a model sees them, each an expression of pcap-filter:
 * {@code drop udp port 53; exempt icmp}. The first rule that matches decides. What none matches meets the models, unless there
 * is a rule that keeps packets: then it is dropped. Immutable; any thread. Two are equal when they are written alike.
 */
public final class Filter {
    /** No rule: all packets meet the models. */
    public static final Filter NONE = new Filter("", List.of());

    /** What becomes of a packet. */
    public enum Verdict {
        /** It does not leave. */
        DROP,
        /** It meets the models. */
        KEEP,
        /** It leaves at once, without the models and ahead of others. */
        EXEMPT;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private record Rule(Verdict verdict, Condition condition) {}

    private final String text;
    private final Verdict[] verdicts;
    private final Condition[] conditions;
    private final Verdict rest;

    private Filter(String text, List<Rule> rules) {
        this.text = text;
        this.verdicts = rules.stream().map(Rule::verdict).toArray(Verdict[]::new);
        this.conditions = rules.stream().map(Rule::condition).toArray(Condition[]::new);
        this.rest = has(Verdict.KEEP) ? Verdict.DROP : Verdict.KEEP;
    }

    /**
     * Reads rules, between semicolons.
     *
     * @param text such as {@code drop tcp port 22; exempt arp}
     * @throws IllegalArgumentException with one line, saying at which character the mistake is
     */
    public static Filter parse(String text) {
        List<Rule> rules = new ArrayList<>();
        Expression expression = new Expression(Token.of(text));
        do {
            Token word = expression.take();
            Verdict verdict = Arrays.stream(Verdict.values())
                    .filter(known -> word.isWord(known.word()))
                    .findFirst()
                    .orElseThrow(() -> word.wrong("a rule begins with "
                            + Arrays.stream(Verdict.values()).map(Verdict::word).collect(Collectors.joining(", "))
                            + ", not with " + word.shown()));
            rules.add(new Rule(verdict, expression.read()));
        } while (expression.takeSign(";") && expression.peek().kind() != Token.Kind.END);
        expression.requireEnd("and, or, a semicolon or the end");
        return new Filter(text.strip(), rules);
    }

    /** Whether there is no rule. */
    public boolean isNone() {
        return conditions.length == 0;
    }

    /** Whether packets may leave ahead of others. */
    public boolean exempts() {
        return has(Verdict.EXEMPT);
    }

    private boolean has(Verdict verdict) {
        return Arrays.asList(verdicts).contains(verdict);
    }

    /**
     * What becomes of a packet. Nothing outside it is read, and nothing is allocated.
     *
     * @param packet where its Ethernet header starts
     * @param length bytes of it without FCS
     */
    public Verdict judge(MemorySegment memory, long packet, int length) {
        for (int i = 0; i < conditions.length; i++) {
            if (conditions[i].test(memory, packet, length, length) == Condition.YES) {
                return verdicts[i];
            }
        }
        return rest;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Filter that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The rules as they were written. */
    @Override
    public String toString() {
        return text;
    }
}
