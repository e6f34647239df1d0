package io.tlem.classify;

import io.tlem.classify.Condition.Comparison;
import io.tlem.classify.Layers.Way;
import io.tlem.classify.Operand.Operator;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads expressions of pcap-filter, one after the other. {@code and} and {@code or} bind equally, from the left; an address or
 * number without a word in front of it has those of the one before ({@code port 80 or 443}). Used by one thread.
 */
final class Expression {
    // What reads an expression, and what asks for it, may have little stack.
    private static final int MAX_DEPTH = 50;
    private static final int MAX_CALCULATIONS = 100;
    private static final int MAX_PORT = 0xffff;

    private static final int PPPOE_DISCOVERY = 0x8863;
    private static final List<Protocol> WITH_IPV4_ADDRESSES = List.of(Protocol.IP, Protocol.ARP, Protocol.RARP);
    private static final Set<Integer> HAVE_OTHER_FORMS = Set.of(0xe0, 0x809b, 0x80f3, 0x8137); // IPX, AppleTalk

    private static final Map<String, Comparison> COMPARISONS = Map.of(
            "=", Comparison.EQUAL,
            "!=", Comparison.UNEQUAL,
            "<", Comparison.LESS,
            "<=", Comparison.LESS_OR_EQUAL,
            ">", Comparison.GREATER,
            ">=", Comparison.GREATER_OR_EQUAL);

    /** From those that bind least on. */
    private static final List<Map<String, Operator>> OPERATORS = List.of(
            Map.of("|", Operator.OR, "^", Operator.EXCLUSIVE_OR),
            Map.of("&", Operator.AND),
            Map.of("<<", Operator.LEFT, ">>", Operator.RIGHT),
            Map.of("+", Operator.ADD, "-", Operator.SUBTRACT),
            Map.of("*", Operator.MULTIPLY, "/", Operator.DIVIDE, "%", Operator.REMAINDER));

    private static final Set<String> LENGTH = Set.of("len", "length");
    private static final Set<String> UNKNOWN = Set.of(
            "gateway",
            "inbound",
            "outbound",
            "ifname",
            "on",
            "geneve",
            "vxlan",
            "llc",
            "wlan",
            "ipx",
            "atalk",
            "aarp",
            "decnet",
            "byte",
            "ifindex");

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("tcpflags", 13),
            Map.entry("tcp-fin", 0x01),
            Map.entry("tcp-syn", 0x02),
            Map.entry("tcp-rst", 0x04),
            Map.entry("tcp-push", 0x08),
            Map.entry("tcp-ack", 0x10),
            Map.entry("tcp-urg", 0x20),
            Map.entry("tcp-ece", 0x40),
            Map.entry("tcp-cwr", 0x80),
            Map.entry("icmptype", 0),
            Map.entry("icmpcode", 1),
            Map.entry("icmp-echoreply", 0),
            Map.entry("icmp-unreach", 3),
            Map.entry("icmp-sourcequench", 4),
            Map.entry("icmp-redirect", 5),
            Map.entry("icmp-echo", 8),
            Map.entry("icmp-routeradvert", 9),
            Map.entry("icmp-routersolicit", 10),
            Map.entry("icmp-timxceed", 11),
            Map.entry("icmp-paramprob", 12),
            Map.entry("icmp-tstamp", 13),
            Map.entry("icmp-tstampreply", 14),
            Map.entry("icmp6type", 0),
            Map.entry("icmp6code", 1),
            Map.entry("icmp6-destinationunreach", 1),
            Map.entry("icmp6-packettoobig", 2),
            Map.entry("icmp6-timeexceeded", 3),
            Map.entry("icmp6-parameterproblem", 4),
            Map.entry("icmp6-echo", 128),
            Map.entry("icmp6-echoreply", 129),
            Map.entry("icmp6-multicastlistenerquery", 130),
            Map.entry("icmp6-multicastlistenerreportv1", 131),
            Map.entry("icmp6-multicastlistenerdone", 132),
            Map.entry("icmp6-routersolicit", 133),
            Map.entry("icmp6-routeradvert", 134),
            Map.entry("icmp6-neighborsolicit", 135),
            Map.entry("icmp6-neighboradvert", 136),
            Map.entry("icmp6-redirect", 137),
            Map.entry("icmp6-multicastlistenerreportv2", 143));

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){0,3}");
    private static final Pattern MAC =
            Pattern.compile("[0-9a-fA-F]{1,2}(?:([:.-])[0-9a-fA-F]{1,2})(?:\\1[0-9a-fA-F]{1,2}){4}");
    private static final Pattern RANGE = Pattern.compile("([0-9]+)-([0-9]+)");
    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]+|[0-9]+");

    /** What the word in front of an identifier says it is. */
    private enum Type {
        HOST,
        NET,
        PORT,
        PORTRANGE,
        PROTO,
        PROTOCHAIN;

        static Optional<Type> of(Token token) {
            return Arrays.stream(values())
                    .filter(type -> token.isWord(type.name().toLowerCase(java.util.Locale.ROOT)))
                    .findFirst();
        }
    }

    /**
     * What stands in front of an identifier, and holds for those behind it that have nothing in front.
     *
     * @param protocol empty for any
     */
    private record Head(Optional<Protocol> protocol, Way way, Type type, Token token) {}

    /**
     * A number and what has to be so for a packet to have it.
     *
     * @param conditions in turn
     */
    private record Value(Operand operand, List<Condition> conditions) {}

    private final List<Token> tokens;
    private int next;
    private int depth;
    private Layers layers = new Layers();
    private Head carried; // null where an identifier needs a word in front

    /** @param tokens with their end */
    Expression(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(next);
    }

    Token take() {
        Token token = peek();
        next += token.kind() == Token.Kind.END ? 0 : 1;
        return token;
    }

    boolean takeSign(String sign) {
        boolean found = peek().isSign(sign);
        next += found ? 1 : 0;
        return found;
    }

    private void expect(String sign) {
        if (!takeSign(sign)) {
            throw peek().wrong("'" + sign + "' is expected, not " + peek().shown());
        }
    }

    /**
     * Nothing is left.
     *
     * @param expected what might be here
     */
    void requireEnd(String expected) {
        if (peek().kind() != Token.Kind.END) {
            throw peek().wrong(expected + " is expected, not " + peek().shown());
        }
    }

    /**
     * Reads an expression up to a sign that belongs to none.
     *
     * @throws IllegalArgumentException saying where the mistake is
     */
    Condition read() {
        layers = new Layers();
        carried = null;
        return disjunction();
    }

    /** {@code and} and {@code or} from the left: what stands between two of the same kind is asked in one turn. */
    private Condition disjunction() {
        List<Condition> parts = new ArrayList<>(List.of(term()));
        String joined = "";
        while (peek().isSign("and") || peek().isSign("or")) {
            String sign = take().text();
            if (!sign.equals(joined) && parts.size() > 1) {
                parts = new ArrayList<>(List.of(join(joined, parts)));
            }
            joined = sign;
            parts.add(term());
        }
        return join(joined, parts);
    }

    private static Condition join(String sign, List<Condition> parts) {
        return parts.size() == 1
                ? parts.getFirst()
                : sign.equals("and") ? Condition.all(parts) : Condition.any(parts.stream());
    }

    private Condition term() {
        boolean negated = false;
        while (takeSign("not")) {
            negated = !negated;
        }
        Condition condition = positive();
        return negated ? Condition.not(condition) : condition;
    }

    private Condition positive() {
        Token token = peek();
        if (token.isSign("(") && !isArithmetic(next)) {
            return group();
        }
        if (token.isSign("(") || token.isSign("-") || beginsValue()) {
            return relation();
        }
        return token.kind() == Token.Kind.WORD ? primitive() : identifier(carried);
    }

    private void enter(Token token) {
        if (++depth > MAX_DEPTH) {
            throw token.wrong("more than " + MAX_DEPTH + " parentheses and brackets are in one another");
        }
    }

    private Condition group() {
        Token open = take();
        enter(open);
        Head outer = carried;
        Condition condition = disjunction();
        expect(")");
        carried = outer;
        depth--;
        return condition;
    }

    private static boolean isOfNumbers(Token token) {
        return token.kind() == Token.Kind.SIGN && (COMPARISONS.containsKey(token.text()) || level(token) >= 0);
    }

    /** Whether what stands in parentheses is a number: behind it, something is done with it. */
    private boolean isArithmetic(int open) {
        int inside = 0;
        for (int i = open; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            inside += token.isSign("(") ? 1 : token.isSign(")") ? -1 : 0;
            if (inside == 0) {
                return isOfNumbers(tokens.get(i + 1));
            }
        }
        return false;
    }

    private boolean beginsValue() {
        Token token = peek();
        if (token.kind() != Token.Kind.WORD) {
            return false;
        }
        Token behind = tokens.get(next + 1);
        return behind.isSign("[")
                || LENGTH.contains(token.text())
                || NUMBERS.containsKey(token.text())
                || (NUMBER.matcher(token.text()).matches() && isOfNumbers(behind));
    }

    private Condition relation() {
        Value a = value(0);
        Token sign = take();
        if (sign.kind() != Token.Kind.SIGN || !COMPARISONS.containsKey(sign.text())) {
            throw sign.wrong("a comparison such as = or > is expected, not " + sign.shown());
        }
        Value b = value(0);
        carried = null;
        Condition compared = Condition.compare(a.operand, COMPARISONS.get(sign.text()), b.operand);
        return Condition.all(Stream.of(b.conditions.stream(), a.conditions.stream(), Stream.of(compared))
                .flatMap(conditions -> conditions)
                .toList());
    }

    private static List<Condition> both(Value a, Value b) {
        return Stream.concat(a.conditions.stream(), b.conditions.stream()).toList();
    }

    /** @param level of the operators that bind least */
    private Value value(int level) {
        Value a = factor();
        int calculations = 0;
        for (int its = level(peek()); its >= level; its = level(peek())) {
            Token sign = take();
            Operator operator = OPERATORS.get(its).get(sign.text());
            Value b = value(its + 1);
            boolean divides = operator == Operator.DIVIDE || operator == Operator.REMAINDER;
            if (divides && b.operand.constant() == 0) {
                throw sign.wrong("division by zero");
            }
            if (++calculations > MAX_CALCULATIONS) { // each is inside the next
                throw sign.wrong("more than " + MAX_CALCULATIONS + " calculations are in a row");
            }
            a = new Value(Operand.calculated(operator, a.operand, b.operand), both(a, b));
        }
        return a;
    }

    /** The higher, the more it binds; -1 of what is no operator. */
    private static int level(Token token) {
        if (token.kind() == Token.Kind.SIGN) {
            for (int level = 0; level < OPERATORS.size(); level++) {
                if (OPERATORS.get(level).containsKey(token.text())) {
                    return level;
                }
            }
        }
        return -1;
    }

    private Value factor() {
        Token token = take();
        if (token.isSign("(")) {
            enter(token);
            Value value = value(0);
            expect(")");
            depth--;
            return value;
        }
        if (token.isSign("-")) {
            enter(token);
            Value value = factor();
            depth--;
            return new Value(Operand.calculated(Operator.SUBTRACT, Operand.number(0), value.operand), value.conditions);
        }
        if (token.kind() != Token.Kind.WORD) {
            throw token.wrong("a number is expected, not " + token.shown());
        }
        if (peek().isSign("[")) {
            return bytes(token);
        }
        if (LENGTH.contains(token.text())) {
            return new Value(Operand.length(), List.of());
        }
        Integer named = NUMBERS.get(token.text());
        return new Value(Operand.number(named == null ? number(token) : named), List.of());
    }

    private Value bytes(Token name) {
        Protocol protocol = Protocol.named(name.text())
                .filter(Protocol::hasBytes)
                .orElseThrow(() ->
                        name.wrong(name.shown() + " has no bytes that can be named; such as ip, tcp, ether have"));
        enter(take());
        Value index = value(0);
        int bytes = 1;
        if (takeSign(":")) {
            Token size = take();
            long said = number(size);
            if (said != 1 && said != 2 && said != 4) {
                throw size.wrong(size.shown() + " bytes are no number; 1, 2 and 4 are");
            }
            bytes = (int) said;
        }
        expect("]");
        depth--;
        List<Condition> conditions = new ArrayList<>(index.conditions);
        conditions.add(layers.hasBytes(protocol));
        return new Value(layers.bytes(protocol, index.operand, bytes), conditions);
    }

    /** Decimal, or hexadecimal behind 0x, or octal behind 0, up to 32 bits. */
    private static long number(Token token) {
        String text = token.text();
        if (token.kind() != Token.Kind.WORD || !NUMBER.matcher(text).matches()) {
            throw token.wrong("a number is expected, not " + token.shown());
        }
        try {
            long number = Long.decode(text);
            if (number <= 0xffff_ffffL) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw token.wrong(token.shown() + " is no number of at most 32 bits");
        }
        throw token.wrong(token.shown() + " is no number of at most 32 bits");
    }

    private static int number(Token token, int most, String what) {
        long number = number(token);
        if (number > most) {
            throw token.wrong(token.shown() + " is no " + what + "; the largest is " + most);
        }
        return (int) number;
    }

    /** What begins with a word of the language. */
    private Condition primitive() {
        Token token = peek();
        if (UNKNOWN.contains(token.text())) {
            throw token.wrong(token.shown() + " is not in the part of pcap-filter that is known here");
        }
        switch (token.text()) {
            case "less", "greater" -> {
                Token word = take();
                Operand limit = Operand.number(number(take()));
                carried = null;
                Comparison comparison = word.isWord("less") ? Comparison.LESS_OR_EQUAL : Comparison.GREATER_OR_EQUAL;
                return Condition.compare(Operand.length(), comparison, limit);
            }
            case "vlan" -> {
                take();
                return layers.vlan(numberIfAny(0xfff, "VLAN"));
            }
            case "mpls" -> {
                return layers.mpls(take(), numberIfAny(0xfffff, "label of MPLS"));
            }
            case "pppoes" -> {
                return layers.pppoes(take(), numberIfAny(0xffff, "session of PPPoE"));
            }
            case "pppoed" -> {
                take();
                carried = null;
                return layers.type(PPPOE_DISCOVERY);
            }
            case "broadcast", "multicast" -> {
                return toMany(Protocol.ETHER);
            }
            default -> {}
        }
        Optional<Protocol> protocol = Protocol.named(token.text());
        if (protocol.isPresent()) {
            take();
            if (peek().isWord("broadcast") || peek().isWord("multicast")) {
                return toMany(protocol.get());
            }
        }
        Token first = peek();
        Optional<Way> way = way();
        Optional<Type> type = Type.of(peek());
        if (type.isPresent()) {
            take();
        }
        if (way.isPresent() || type.isPresent()) {
            boolean ofProtocols = type.equals(Optional.of(Type.PROTO)) || type.equals(Optional.of(Type.PROTOCHAIN));
            if (way.isPresent() && ofProtocols) {
                throw first.wrong("a protocol has no source and no destination");
            }
            carried = new Head(protocol, way.orElse(Way.EITHER), type.orElse(Type.HOST), token);
            return identifiers();
        }
        if (protocol.isEmpty()) {
            return identifier(carried);
        }
        carried = null;
        if (protocol.get() == Protocol.ETHER) {
            throw peek().wrong("'ether' is to be followed by such as host or proto, not by " + peek().shown());
        }
        return layers.is(protocol.get());
    }

    /** What may follow a word; negative where it does not. */
    private int numberIfAny(int most, String what) {
        carried = null;
        boolean numbered = peek().kind() == Token.Kind.WORD
                && NUMBER.matcher(peek().text()).matches();
        return numbered ? number(take(), most, what) : -1;
    }

    private void requireStations(Token token) {
        if (!layers.isEthernet()) {
            throw token.wrong("behind 'pppoes' there are no addresses of stations");
        }
    }

    private Condition toMany(Protocol protocol) {
        Token word = take();
        carried = null;
        if (protocol == Protocol.ETHER) {
            requireStations(word);
        }
        if (word.isWord("multicast")
                && (protocol == Protocol.ETHER || protocol == Protocol.IP || protocol == Protocol.IP6)) {
            return layers.isMulticast(protocol);
        }
        if (word.isWord("broadcast") && protocol == Protocol.ETHER) {
            return Layers.mac(Way.DESTINATION, HexFormat.of().parseHex("ffffffffffff"));
        }
        throw word.wrong(word.shown() + " does not go with '" + protocol.word() + "'");
    }

    /** Such as {@code src} or {@code src or dst}. */
    private Optional<Way> way() {
        boolean source = peek().isWord("src");
        if (!source && !peek().isWord("dst")) {
            return Optional.empty();
        }
        take();
        Token sign = peek();
        boolean joins = sign.isSign("or") || sign.isSign("and");
        if (joins && tokens.get(next + 1).isWord(source ? "dst" : "src")) {
            next += 2;
            return Optional.of(sign.isSign("or") ? Way.EITHER : Way.BOTH);
        }
        return Optional.of(source ? Way.SOURCE : Way.DESTINATION);
    }

    /** One behind its head, or several in parentheses. */
    private Condition identifiers() {
        if (takeSign("not")) {
            return Condition.not(identifiers());
        }
        return peek().isSign("(") ? group() : identifier(carried);
    }

    private Condition identifier(Head head) {
        Token token = take();
        if (token.kind() != Token.Kind.WORD && token.kind() != Token.Kind.NAME) {
            throw token.wrong(
                    head == null
                            ? "a test such as tcp, host 10.0.0.1 or port 80 is expected, not " + token.shown()
                            : "a value is expected, not " + token.shown());
        }
        if (head == null) {
            throw token.wrong(token.shown() + " is no test such as tcp, host 10.0.0.1 or port 80");
        }
        return switch (head.type) {
            case HOST, NET -> address(head, token);
            case PORT -> port(head, token);
            case PORTRANGE -> portRange(head, token);
            case PROTO, PROTOCHAIN -> protocol(head, token);
        };
    }

    private static IllegalArgumentException doesNotFit(Head head, Token token) {
        String said = head.protocol.map(Protocol::word).orElse("") + " "
                + head.type.name().toLowerCase(java.util.Locale.ROOT);
        return token.wrong(token.shown() + " does not go with '" + said.strip() + "'");
    }

    private Condition port(Head head, Token token) {
        if (NUMBER.matcher(token.text()).matches()) {
            int port = number(token, MAX_PORT, "port");
            return ports(head, port, port);
        }
        Names.Port named = Names.port(token.text())
                .orElseThrow(() -> token.wrong(
                        token.shown() + " is no port; a number is, and a common name such as http, domain"));
        List<Protocol> possible = named.protocol().map(List::of).orElse(List.of());
        if (head.protocol.isPresent() && !possible.isEmpty() && !possible.contains(head.protocol.get())) {
            throw token.wrong(token.shown() + " is a port of "
                    + possible.getFirst().word() + "; give its number, " + named.number() + ", for another");
        }
        Head its = new Head(head.protocol.or(named::protocol), head.way, head.type, head.token);
        return ports(its, named.number(), named.number());
    }

    private Condition portRange(Head head, Token token) {
        Matcher range = RANGE.matcher(token.text());
        if (!range.matches()) {
            return ports(head, number(token, MAX_PORT, "port"), number(token, MAX_PORT, "port"));
        }
        int one = number(new Token(Token.Kind.WORD, range.group(1), token.at()), MAX_PORT, "port");
        int other = number(new Token(Token.Kind.WORD, range.group(2), token.at()), MAX_PORT, "port");
        return ports(head, Math.min(one, other), Math.max(one, other));
    }

    private Condition ports(Head head, int least, int most) {
        List<Protocol> protocols =
                head.protocol.map(List::of).orElse(List.of(Protocol.TCP, Protocol.UDP, Protocol.SCTP));
        if (!protocols.stream().allMatch(Protocol::hasPorts)) {
            throw head.token.wrong(head.token.shown() + " has no ports; tcp, udp and sctp have");
        }
        return layers.ports(protocols, head.way, least, most);
    }

    private Condition protocol(Head head, Token token) {
        boolean isNumber = NUMBER.matcher(token.text()).matches();
        Optional<Protocol> named = Protocol.named(token.text());
        boolean chain = head.type == Type.PROTOCHAIN;
        if (!chain && head.protocol.equals(Optional.of(Protocol.ETHER))) {
            boolean known =
                    named.map(its -> its.carrier == Protocol.Carrier.ETHERNET).orElse(isNumber);
            if (!known) {
                throw token.wrong(token.shown() + " is no EtherType; such as 0x0800, ip6, arp are");
            }
            int type = isNumber ? number(token, 0xffff, "EtherType") : named.get().number;
            if (type <= 1500 && type > 0xff) {
                throw token.wrong(token.shown() + " is neither an EtherType nor a service access point");
            }
            if (HAVE_OTHER_FORMS.contains(type)) {
                throw token.wrong(token.shown() + " has several encapsulations, which are not told apart here");
            }
            return layers.type(type);
        }
        if (!head.protocol.map(its -> its == Protocol.IP || its == Protocol.IP6).orElse(true)) {
            throw doesNotFit(head, token);
        }
        int number;
        if (isNumber) {
            number = number(token, 0xff, "protocol");
        } else {
            number = named.filter(Protocol::isCarriedByIp)
                    .map(its -> its.number)
                    .or(() -> Names.protocol(token.text()))
                    .orElseThrow(() -> token.wrong(token.shown() + " is no protocol of IP; such as 17, tcp, icmp are"));
        }
        if (chain) {
            return head.protocol.isEmpty()
                    ? Condition.any(layers.protochain(false, number), layers.protochain(true, number))
                    : layers.protochain(head.protocol.get() == Protocol.IP6, number);
        }
        return head.protocol.isEmpty()
                ? Condition.any(layers.ipv4(number), layers.ipv6(number))
                : head.protocol.get() == Protocol.IP ? layers.ipv4(number) : layers.ipv6(number);
    }

    private Condition address(Head head, Token token) {
        String text = token.text();
        boolean mac = MAC.matcher(text).matches();
        if (head.protocol.equals(Optional.of(Protocol.ETHER))) {
            requireStations(head.token);
            if (!mac || head.type == Type.NET) {
                throw token.wrong(token.shown() + " is no Ethernet address; such as 02:00:00:00:00:01 is");
            }
            byte[] bytes = new byte[6];
            String[] parts = text.split("[:.-]", -1);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) HexFormat.fromHexDigits(parts[i]);
            }
            return Layers.mac(head.way, bytes);
        }
        if (mac) {
            throw token.wrong(token.shown() + " is an Ethernet address; write 'ether host' in front of it");
        }
        if (IPV4.matcher(text).matches()) {
            return address4(head, token);
        }
        if (text.contains(":")) {
            return address6(head, token);
        }
        throw token.wrong(token.shown() + " is no address; names are not looked up");
    }

    private Condition address4(Head head, Token token) {
        int address = parts(token);
        int bits = Byte.SIZE * (int) token.text().chars().filter(c -> c == '.').count() + Byte.SIZE;
        int mask = prefix(bits);
        if (peek().isSign("/")) {
            Token slash = take();
            requireNet(head, slash);
            mask = prefix(number(take(), Integer.SIZE, "number of bits of an address"));
        } else if (peek().isWord("mask")) {
            Token word = take();
            requireNet(head, word);
            Token said = take();
            if (!IPV4.matcher(said.text()).matches()) {
                throw said.wrong(said.shown() + " is no mask; such as 255.255.0.0 is");
            }
            mask = parts(said);
        }
        if ((address & ~mask) != 0) {
            throw token.wrong(token.shown() + " has bits behind those of the network");
        }
        List<Protocol> protocols =
                head.protocol.map(List::of).orElse(layers.mayBeArp() ? WITH_IPV4_ADDRESSES : List.of(Protocol.IP));
        Protocol protocol = protocols.getFirst();
        if (protocol != Protocol.IP && protocol != Protocol.ARP && protocol != Protocol.RARP) {
            throw doesNotFit(head, token);
        }
        int of = mask;
        return Condition.any(protocols.stream().map(its -> layers.address(its, head.way, address, of)));
    }

    private static int prefix(int bits) {
        return bits == 0 ? 0 : -1 << (Integer.SIZE - bits);
    }

    private static void requireNet(Head head, Token token) {
        if (head.type != Type.NET) {
            throw token.wrong("only behind 'net' an address may be one of many");
        }
    }

    /** An address of which the last parts may be missing. */
    private static int parts(Token token) {
        String[] parts = token.text().split("\\.", -1);
        int address = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
            if (part > 0xff) {
                throw token.wrong(token.shown() + " is no IPv4 address");
            }
            address = (address << Byte.SIZE) | part;
        }
        return address;
    }

    private Condition address6(Head head, Token token) {
        byte[] address = new byte[16];
        try {
            byte[] found = InetAddress.ofLiteral(token.text()).getAddress();
            System.arraycopy(found, 0, address, address.length - found.length, found.length);
            if (found.length < address.length) { // one of IPv4 within those of IPv6
                address[10] = (byte) 0xff;
                address[11] = (byte) 0xff;
            }
        } catch (IllegalArgumentException e) {
            throw token.wrong(token.shown() + " is no IPv6 address");
        }
        int bits = 8 * address.length;
        if (peek().isSign("/")) {
            Token slash = take();
            requireNet(head, slash);
            bits = number(take(), bits, "number of bits of an address");
        }
        for (int bit = bits; bit < 8 * address.length; bit++) {
            if (((address[bit / 8] >> (7 - bit % 8)) & 1) != 0) {
                throw token.wrong(token.shown() + " has bits behind those of the network");
            }
        }
        if (!head.protocol.map(its -> its == Protocol.IP6).orElse(true)) {
            throw doesNotFit(head, token);
        }
        return layers.address6(head.way, address, bits);
    }
}
