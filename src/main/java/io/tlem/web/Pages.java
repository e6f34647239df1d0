package io.tlem.web;

import java.util.Map;
import java.util.Optional;

/** The page that shows a link and changes it, by the API alone. Nothing of it comes from elsewhere. */
final class Pages {
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String PLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/"; // of the library's jar
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, Page> ALL = Map.of(
            "/", new Page("page/index.html", "text/html; charset=utf-8"),
            "/dashboard.css", new Page("page/dashboard.css", STYLE),
            "/dashboard.js", new Page("page/dashboard.js", SCRIPT),
            "/api.js", new Page("page/api.js", SCRIPT),
            "/charts.js", new Page("page/charts.js", SCRIPT),
            "/controls.js", new Page("page/controls.js", SCRIPT),
            "/scenario.js", new Page("page/scenario.js", SCRIPT),
            "/uPlot.esm.js", new Page(PLOT + "uPlot.esm.js", SCRIPT),
            "/uPlot.min.css", new Page(PLOT + "uPlot.min.css", STYLE));

    private record Page(String resource, String type) {}

    private Pages() {}

    /** Whether a path is one of the page's, which tell nothing of the link. */
    static boolean has(String path) {
        return ALL.containsKey(path);
    }

    /** What is there, if a page is. */
    static Optional<Reply> find(String path) {
        return Optional.ofNullable(ALL.get(path))
                .map(page ->
                        Reply.of(page.type(), Api.resource(page.resource())).with("Content-Security-Policy", POLICY));
    }
}
