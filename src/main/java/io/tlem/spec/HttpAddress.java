package io.tlem.spec;

import io.tlem.impair.SpecException;
import io.tlem.text.Shown;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a link listens for HTTP: {@code [ADDRESS:]PORT}.
 *
 * @param host name or address, an IPv6 address without its brackets; empty for this machine alone
 * @param port 0 to 65535; with 0 the system chooses one
 */
public record HttpAddress(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(?:(?:\\[([0-9A-Fa-f:.%]+)]|([^:\\[\\]\\s/]+)):)?(\\d{1,5})");
    private static final int MOST = 65535;

    static HttpAddress parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(3)) > MOST) {
            throw new SpecException(Shown.quoted(text)
                    + " is not of the form [ADDRESS:]PORT, with a port of up to " + MOST
                    + " and an IPv6 address in brackets");
        }
        String host = form.group(1) != null ? form.group(1) : form.group(2) == null ? "" : form.group(2);
        return new HttpAddress(host, Integer.parseInt(form.group(3)));
    }

    @Override
    public String toString() {
        return (host.isEmpty() ? "" : (host.contains(":") ? "[" + host + "]" : host) + ":") + port;
    }
}
