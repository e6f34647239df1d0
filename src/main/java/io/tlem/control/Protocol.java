package io.tlem.control;

/** What both sides of a link's socket keep to: a JSON object a line, of which each request is answered by one. */
final class Protocol {
    /** Both sides say it, and a link answers no other. */
    static final int VERSION = 1;

    /** The keys of every object. */
    static final String VERSION_KEY = "v";

    static final String DO = "do";
    static final String OK = "ok";
    static final String ERROR = "error";
    static final String STATUS = "status";
    static final String IF_VERSION = "if_version";
    static final String CHANGE = "change";
    static final String FORMAT = "format";
    static final String COLUMNS = "columns";
    static final String TEXT = "text";
    static final String HOW = "how";
    static final String FILE = "file";
    static final String TO = "to";
    static final String POINT = "point";
    static final String TIMEOUT = "timeout_ns";
    static final String ENDED = "ended";

    static final String SHOW = "show";
    static final String SET = "set";
    static final String RESET = "reset";
    static final String UNDO = "undo";
    static final String WATCH = "watch";
    static final String WAIT = "wait";
    static final String SCENARIO = "scenario";
    static final String STOP = "stop";

    static final String START = "start";
    static final String SEEK = "seek";

    static final String DRAIN = "drain";
    static final String NOW = "now";

    private Protocol() {}
}
