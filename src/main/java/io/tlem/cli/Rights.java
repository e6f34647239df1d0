package io.tlem.cli;

import io.tlem.os.Privileges;
import io.tlem.os.SystemThreads;
import io.tlem.os.SystemThreads.Capability;
import io.tlem.port.PacketPort;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What the process may do beyond an ordinary user, and gives up once its ports are open. */
final class Rights {
    private static final int COMPILER_NICE = -10; // beside real-time threads

    private static volatile boolean ownProcess;
    private static volatile boolean given;

    private Rights() {}

    /** The command line runs in a process of its own: a program that runs a command within itself keeps its rights. */
    static void ownProcess() {
        ownProcess = true;
    }

    /**
     * Gives up what the link does not need, once: links that run beside each other need the same. On the thread that will start the link's threads, before it does.
     *
     * @param priority of the threads, 0 for an ordinary one
     * @return what is worth to be told, empty for nothing
     */
    static String giveUp(LinkSpec spec, int priority, List<PacketPort> ports) {
        if (ownProcess && priority != 0) {
            SystemThreads.changeCompilerNice(priority > 0 ? COMPILER_NICE : priority);
        }
        if (spec.get(Setting.KEEP_PRIVILEGES) || !ownProcess || given) {
            return "";
        }
        given = true;
        Set<Capability> needed = EnumSet.noneOf(Capability.class);
        for (PacketPort port : ports) {
            port.neededCapabilities().forEach(name -> needed.add(Capability.named(name)));
        }
        if (priority != 0) {
            needed.add(Capability.CAP_SYS_NICE);
        }
        boolean othersToo = true;
        if (spec.get(Setting.LOCK_MEMORY)) {
            needed.add(Capability.CAP_IPC_LOCK);
            othersToo = Privileges.liftMemoryLockLimit(); // the virtual machine goes on mapping memory in its threads
        }
        return Privileges.keepOnly(needed, othersToo);
    }
}
