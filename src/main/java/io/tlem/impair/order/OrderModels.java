package io.tlem.impair.order;

import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Order;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import java.util.List;

/** The ways to keep packets in order. */
public final class OrderModels implements ModelLibrary {
    @Override
    public List<ModelKind> kinds() {
        return List.of(
                kind(
                        "keep",
                        Order.KEEP,
                        "a packet that would overtake leaves right behind the one ahead (the default)"),
                kind(
                        "spaced",
                        Order.SPACED,
                        "it leaves as long behind the one ahead as it was on the link, and the next get its delay (TLEM)"),
                kind(
                        "drop",
                        Order.DROP,
                        "it is dropped, and the next get its delay until one is in order (TLEM's -P 1)"),
                kind(
                        "delay-first",
                        Order.DELAY_FIRST,
                        "the delay is ahead of the link, which waits for a packet that is being delayed (netem's rate)"),
                new ModelKind(
                        Role.ORDER,
                        "allow-drop",
                        List.of(Parameter.required("n", Unit.COUNT, "1 is drop, 0 is spaced")),
                        "TLEM's spelling",
                        "1",
                        (arguments, random) -> arguments.count("n", 0, 1) == 1 ? Order.DROP : Order.SPACED));
    }

    private static ModelKind kind(String name, Order order, String summary) {
        return new ModelKind(Role.ORDER, name, List.of(), summary, name, (arguments, random) -> order);
    }
}
