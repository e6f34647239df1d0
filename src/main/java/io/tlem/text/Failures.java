package io.tlem.text;

import java.util.Arrays;
import java.util.Optional;

/** What went wrong in code that is not the emulator's, or that should not have failed, for people. */
public final class Failures {
    /** What the names of class loaders of users' classes begin with, so that a stack trace tells them apart. */
    public static final String USERS_CLASSES = "models of ";

    private Failures() {}

    /** Kind, message and place of a failure, on one line. */
    public static String describe(Throwable failure) {
        String place = Arrays.stream(failure.getStackTrace())
                .findFirst()
                .map(frame -> ", at " + frame.getClassName() + "." + frame.getMethodName() + "("
                        + (frame.getFileName() == null ? "?" : frame.getFileName() + ":" + frame.getLineNumber()) + ")")
                .orElse("");
        return failure.getClass().getSimpleName()
                + (failure.getMessage() == null ? "" : ": " + failure.getMessage())
                + place;
    }

    /** The class of a user that was running when it happened, empty when it was none of theirs. */
    public static Optional<String> usersClass(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .filter(frame -> frame.getClassLoaderName() != null
                        && frame.getClassLoaderName().startsWith(USERS_CLASSES))
                .findFirst()
                .map(StackTraceElement::getClassName);
    }

    /** Why a class cannot be used. */
    public static String ofLoading(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case UnsupportedClassVersionError newer ->
                message.replaceFirst(" .*", "") + " was compiled for a newer Java than this one, "
                        + Runtime.version().feature();
            case NoClassDefFoundError missing -> "the class " + message + " is missing";
            case LinkageError broken -> "a class is broken: " + message;
            case OutOfMemoryError full -> memory();
            default -> describe(failure);
        };
    }

    /** What to say when Java's memory is used up. */
    public static String memory() {
        return "needs more memory than Java was given; -Xmx in TLEM_JAVA_OPTS sets it";
    }
}
