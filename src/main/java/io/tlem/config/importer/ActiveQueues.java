package io.tlem.config.importer;

/**
 * Queues that drop or mark packets before they are full: red, gred, codel, pie. The emulator has no such queue models yet; when
 * it has, this is the place that makes their specifications.
 */
final class ActiveQueues {
    private ActiveQueues() {}

    /**
     * Adds such a queue.
     *
     * @param words the kind and its arguments, checked
     */
    static void add(Imported imported, String kind, String words) {
        imported.leaveOut(words, "there is no queue model '" + kind + "'");
    }
}
