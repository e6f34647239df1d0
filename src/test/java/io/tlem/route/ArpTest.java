package io.tlem.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.wire.Arp;
import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ArpTest {
    private static final long MAC = 0x02_00_00_00_00_07L;
    private static final long SECOND = 1_000_000_000L;

    private final ArpTable table = new ArpTable();
    private final int station = Ipv4.parse("10.0.0.7");

    @Test
    void anUnknownStationIsBroadcastToAndAskedForOnceASecond() {
        assertEquals(Ethernet.BROADCAST, table.lookUp(station, 5));
        assertTrue(table.requestDue());
        assertEquals(Ethernet.BROADCAST, table.lookUp(station, 6));
        assertFalse(table.requestDue());
        table.lookUp(station, 5 + SECOND);
        assertTrue(table.requestDue());
    }

    @Test
    void aKnownStationIsAskedForBeforeItIsForgotten() {
        table.lookUp(station, 0);
        table.learn(station, MAC, false, 10);
        assertEquals(MAC, table.lookUp(station, 20));
        assertFalse(table.requestDue());
        assertEquals(MAC, table.lookUp(station, 10 + ArpTable.VALID_NANOS - ArpTable.REFRESH_NANOS + 1));
        assertTrue(table.requestDue(), "while its address is still believed");
        assertEquals(MAC, table.lookUp(station, 10 + ArpTable.VALID_NANOS));
        assertEquals(Ethernet.BROADCAST, table.lookUp(station, 11 + ArpTable.VALID_NANOS));
    }

    @Test
    void whatNobodyLookedUpIsLearnedOnlyFromWhoSpeaksToTheRouter() {
        table.learn(station, MAC, false, 1);
        assertEquals(Ethernet.BROADCAST, table.lookUp(station, 2));
        int other = Ipv4.parse("10.0.0.8");
        table.learn(other, MAC, true, 1);
        assertEquals(MAC, table.lookUp(other, 2));
    }

    /** Far more stations than places: each that was looked up last is right, and none has another's address. */
    @Test
    void anyNumberOfStationsFindsAPlace() {
        for (int i = 1; i < 1_000_000; i++) {
            int address = 0x0A00_0000 | i;
            table.lookUp(address, i);
            table.learn(address, i, false, i);
            assertEquals(i, table.lookUp(address, i));
            int earlier = 0x0A00_0000 | (1 + i / 2);
            long known = table.lookUp(earlier, i);
            assertTrue(known == Ethernet.BROADCAST || known == 1 + i / 2, () -> Long.toHexString(known));
        }
    }

    @Test
    void aFullMailboxTakesNoMore() {
        ArpMailbox mailbox = new ArpMailbox();
        int put = 0;
        while (mailbox.put(Arp.REQUEST, put, MAC, 0)) {
            put++;
        }
        assertEquals(64, put);
        ArpMailbox.Message message = new ArpMailbox.Message();
        for (int i = 0; i < put; i++) {
            assertTrue(mailbox.take(message));
            assertEquals(i, message.senderAddress);
        }
        assertFalse(mailbox.take(message));
        assertTrue(mailbox.isEmpty());
    }

    /** Every message is whole and in order on the other side; those that found no room are known to the sender. */
    @Test
    @Timeout(60)
    void messagesPassBetweenTwoThreads() throws InterruptedException {
        ArpMailbox mailbox = new ArpMailbox();
        int messages = 200_000;
        AtomicReference<String> wrong = new AtomicReference<>();
        Thread taker = new Thread(() -> {
            ArpMailbox.Message message = new ArpMailbox.Message();
            for (int i = 0; i < messages; i++) {
                while (!mailbox.take(message)) {
                    Thread.onSpinWait();
                }
                if (message.operation != i
                        || message.senderAddress != ~i
                        || message.senderMac != i * 3L
                        || message.targetAddress != i + 1) {
                    wrong.compareAndSet(null, "message " + i + " is " + message.operation);
                }
            }
        });
        taker.start();
        for (int i = 0; i < messages; i++) {
            while (!mailbox.put(i, ~i, i * 3L, i + 1)) {
                Thread.onSpinWait();
            }
        }
        taker.join();
        assertEquals(null, wrong.get());
    }
}
