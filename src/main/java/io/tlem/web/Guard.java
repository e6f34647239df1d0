package io.tlem.web;

import com.sun.net.httpserver.Headers;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may ask. Pages of other sites may not, not even where their name leads to this machine (DNS rebinding): the name by which
 * a browser has come must be one of this server's, or an address, which nobody can lead elsewhere. Any thread.
 */
final class Guard {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-f:.]+]|[^:\\[\\]]+)(?::\\d{1,5})?");
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final String LOCALHOST = "localhost";
    private static final String BEARER = "Bearer ";
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final boolean loopback;
    private final String name;
    private final Optional<byte[]> token;

    /**
     * @param loopback whether only this machine is served
     * @param name by which the server is called besides addresses, in lower case; may be empty
     * @param token that requests have to bring
     */
    Guard(boolean loopback, String name, Optional<String> token) {
        this.loopback = loopback;
        this.name = name;
        this.token = token.map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    /** Why a request is not to be answered, if so. */
    Optional<Reply> refusal(Headers headers, boolean open) {
        List<String> hosts = headers.getOrDefault("Host", List.of());
        String host = hosts.size() == 1 ? hosts.getFirst().toLowerCase(Locale.ROOT) : "";
        if (!isOwn(host)) {
            return Optional.of(Reply.problem(
                    Reply.FORBIDDEN, "the request is for another host: the header Host must name this one's address"));
        }
        for (String origin : headers.getOrDefault("Origin", List.of())) {
            if (!origin.equalsIgnoreCase("http://" + host)) {
                return Optional.of(Reply.problem(Reply.FORBIDDEN, "a page of another site asks"));
            }
        }
        String site = headers.getFirst("Sec-Fetch-Site");
        if (!open && site != null && !OWN_SITES.contains(site)) {
            return Optional.of(Reply.problem(Reply.FORBIDDEN, "a page of another site asks"));
        }
        return open || token.isEmpty() || brings(headers)
                ? Optional.empty()
                : Optional.of(Reply.problem(Reply.UNAUTHORIZED, "the header Authorization must be Bearer and the token")
                        .with("WWW-Authenticate", "Bearer realm=\"tlem\""));
    }

    private boolean isOwn(String host) {
        Matcher form = HOST.matcher(host);
        if (!form.matches()) {
            return false;
        }
        String called = form.group(1);
        if (called.equals(LOCALHOST) || (!name.isEmpty() && called.equals(name))) {
            return true;
        }
        return (IPV4.matcher(called).matches() || called.startsWith("[")) && (!loopback || isLoopback(called));
    }

    private static boolean isLoopback(String literal) {
        try {
            return InetAddress.ofLiteral(literal.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** In a time that does not depend on how much of it is right. */
    private boolean brings(Headers headers) {
        String said = headers.getFirst("Authorization");
        return said != null
                && said.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && MessageDigest.isEqual(
                        said.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8), token.orElseThrow());
    }
}
