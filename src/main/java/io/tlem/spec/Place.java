package io.tlem.spec;

/** Where something was written, for messages. */
public sealed interface Place {
    /** Messages of models repeat what was found, which may be as long as a file. */
    int MAX_MESSAGE = 1000;

    /** On the command line: messages name the option itself. */
    record OnCommandLine() implements Place {
        @Override
        public ConfigException wrong(String message) {
            return new ConfigException(message);
        }
    }

    /**
     * In a file of lines.
     *
     * @param line from 1
     * @param column from 1, in characters
     */
    record InFile(String file, int line, int column) implements Place {
        @Override
        public String toString() {
            return file + ":" + line + ":" + column;
        }
    }

    /**
     * In a JSON document.
     *
     * @param pointer as in RFC 6901
     */
    record InJson(String document, String pointer) implements Place {
        /** Below this place, under a key or an index. */
        InJson at(String token) {
            return new InJson(document, pointer + "/" + token.replace("~", "~0").replace("/", "~1"));
        }

        @Override
        public String toString() {
            return pointer.isEmpty() ? document : document + "#" + pointer;
        }
    }

    /** A mistake here. */
    default ConfigException wrong(String message) {
        return new ConfigException(
                this + ": " + (message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "..." : message),
                this instanceof InJson json ? json.pointer() : "");
    }
}
