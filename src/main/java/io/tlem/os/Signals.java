package io.tlem.os;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Signals that the process handles itself. {@code sun.misc.Signal}, which the JDK keeps for those who need it, is reached by
 * reflection: the compiler warns of every other use, and that cannot be suppressed.
 */
public final class Signals {
    private Signals() {}

    /**
     * From now on, this is what a signal does, on a thread of the JVM's own for each signal that comes. SIGINT, SIGTERM and
     * SIGHUP stay ignored where the process was started with them ignored, as in the background of a shell.
     *
     * @param name without SIG, such as {@code INT}
     * @return false when it cannot be handled, because the system has no such signal or the JVM leaves it alone (-Xrs)
     */
    public static boolean handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object calls = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(),
                    new Class<?>[] {handler},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "SIG" + name;
                    });
            Object replaced = signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), calls);
            return replaced != null;
        } catch (InvocationTargetException e) {
            return false;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
