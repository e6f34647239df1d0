package io.tlem.port.proxy;

import io.tlem.port.PortAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Datagrams. A session is a client's address and port, with a socket of its own to the target; it is over when nothing has
 * passed for two minutes.
 */
final class UdpProxy {
    private static final long IDLE_NANOS = 120_000_000_000L;
    private static final long LOOK_NANOS = 1_000_000_000L;

    /** Datagrams that one socket may hand out before the next has its turn. */
    private static final int TURN = 32;

    private static final int SOCKET_BYTES = 4 << 20;

    private final Sessions<Session> sessions = new Sessions<>(session -> session.number);
    private final Queue<Session> opened = new ConcurrentLinkedQueue<>();
    private final Clients clients;
    private final Targets targets;

    /** Where clients come to. */
    private record Listener(DatagramChannel channel, InetSocketAddress target) {}

    /** A client of a listener. */
    private record Client(Listener listener, InetSocketAddress address) {}

    private static final class Session {
        final int number;
        final Client client;
        final DatagramChannel target;
        final FrameHeader toTarget;
        final FrameHeader toClient;
        volatile long lastNanos;

        Session(int number, Client client, DatagramChannel target) {
            this.number = number;
            this.client = client;
            this.target = target;
            InetSocketAddress to = client.listener.target;
            toTarget = new FrameHeader(ProxyRule.Protocol.UDP, number, client.address, to);
            toClient = new FrameHeader(ProxyRule.Protocol.UDP, number, to, client.address);
        }
    }

    UdpProxy(List<ProxyRule> rules, PortAddress a, PortAddress b) throws IOException {
        clients = new Clients(a, Listening.description(rules));
        try {
            targets = new Targets(b, Listening.targets(rules));
            for (ProxyRule rule : rules) {
                for (InetSocketAddress address : Listening.possible(rule)) {
                    clients.listen(address, rule);
                }
            }
        } catch (Throwable e) {
            clients.close();
            throw e;
        }
    }

    ProxyPort clients() {
        return clients;
    }

    ProxyPort targets() {
        return targets;
    }

    private static void prepare(DatagramChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BYTES);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BYTES);
    }

    private final class Clients extends ProxyPort {
        private final Map<Client, Session> known = new HashMap<>(); // of the receiving thread
        private final ByteBuffer received = memory.asByteBuffer();
        private long nextLookNanos;

        Clients(PortAddress address, String description) throws IOException {
            super(address, description);
        }

        void listen(InetSocketAddress address, ProxyRule rule) throws IOException {
            DatagramChannel channel = DatagramChannel.open(Listening.family(address));
            closeLater(channel);
            prepare(channel);
            Listening.bind(rule, address, () -> channel.bind(address));
            channel.register(selector, SelectionKey.OP_READ, new Listener(channel, rule.target()));
        }

        @Override
        void poll(long nowNanos) {
            if (nowNanos - nextLookNanos >= 0) {
                nextLookNanos = nowNanos + LOOK_NANOS;
                long now = System.nanoTime();
                known.values().removeIf(session -> now - session.lastNanos > IDLE_NANOS && end(session));
            }
        }

        private boolean end(Session session) {
            sessions.remove(session);
            closeQuietly(session.target);
            return true;
        }

        @Override
        void ready(SelectionKey key) throws IOException {
            Listener listener = (Listener) key.attachment();
            for (int i = 0; i < TURN && hasRoom(); i++) {
                long place = place();
                received.clear().position((int) place + Listening.MOST_HEADER_BYTES);
                InetSocketAddress from = (InetSocketAddress) listener.channel.receive(received);
                if (from == null) {
                    return;
                }
                Session session = known.computeIfAbsent(new Client(listener, from), this::open);
                if (session == null) {
                    miss();
                    continue;
                }
                session.lastNanos = System.nanoTime();
                addDatagram(this, received, session.toTarget, place);
            }
        }

        private Session open(Client client) {
            DatagramChannel channel = null;
            try {
                DatagramChannel made = DatagramChannel.open(Listening.family(client.listener.target));
                channel = made;
                prepare(made);
                made.connect(client.listener.target);
                Session session = sessions.add(number -> new Session(number, client, made));
                if (session != null) {
                    opened.add(session);
                    return session;
                }
                warn("no more than " + Sessions.MOST + " clients are served at a time");
            } catch (IOException e) {
                warn("a new client cannot be served: " + e.getMessage());
            }
            closeQuietly(channel);
            return null;
        }

        @Override
        boolean send(ByteBuffer frames, long offset, int length) {
            Session session = sessions.get(FrameHeader.session(memory, offset));
            if (session == null || !isTaken(this, frames, session.toClient, offset, length)) {
                return false;
            }
            try {
                session.lastNanos = System.nanoTime();
                boolean empty = !frames.hasRemaining();
                return session.client.listener.channel.send(frames, session.client.address) > 0 || empty;
            } catch (IOException e) {
                warn(ProxyRule.shown(session.client.address) + " cannot be sent to: " + e.getMessage());
                return false;
            }
        }
    }

    private final class Targets extends ProxyPort {
        private final ByteBuffer received = memory.asByteBuffer();

        Targets(PortAddress address, String description) throws IOException {
            super(address, description);
        }

        @Override
        void poll(long nowNanos) throws IOException {
            for (Session session = opened.poll(); session != null; session = opened.poll()) {
                try {
                    session.target.register(selector, SelectionKey.OP_READ, session);
                } catch (ClosedChannelException e) {
                    // The transmitting thread has closed it.
                }
            }
        }

        @Override
        void ready(SelectionKey key) {
            Session session = (Session) key.attachment();
            for (int i = 0; i < TURN && hasRoom(); i++) {
                long place = place();
                received.clear().position((int) place + Listening.MOST_HEADER_BYTES);
                try {
                    if (session.target.receive(received) == null) {
                        return;
                    }
                } catch (PortUnreachableException e) {
                    warn(ProxyRule.shown(session.client.listener.target) + " does not listen");
                    continue;
                } catch (IOException e) {
                    return; // it has been closed, as its time was over
                }
                session.lastNanos = System.nanoTime();
                addDatagram(this, received, session.toClient, place);
            }
        }

        @Override
        boolean send(ByteBuffer frames, long offset, int length) {
            Session session = sessions.get(FrameHeader.session(memory, offset));
            if (session == null || !isTaken(this, frames, session.toTarget, offset, length)) {
                return false;
            }
            session.lastNanos = System.nanoTime();
            if (!frames.hasRemaining()) {
                warn("empty datagrams to the target are refused: Java sends none from a connected socket");
                return false;
            }
            for (int tries = 0; tries < 2; tries++) { // an earlier datagram's error is thrown once
                try {
                    return session.target.write(frames) > 0;
                } catch (PortUnreachableException e) {
                    warn(ProxyRule.shown(session.client.listener.target) + " does not listen");
                } catch (IOException e) {
                    warn(ProxyRule.shown(session.client.listener.target) + " cannot be sent to: " + e.getMessage());
                    return false;
                }
            }
            return false;
        }
    }

    /** Adds what has been read behind the place for the longest headers. */
    private static void addDatagram(ProxyPort port, ByteBuffer received, FrameHeader header, long place) {
        long payload = place + Listening.MOST_HEADER_BYTES;
        int bytes = (int) (received.position() - payload);
        long frame = payload - header.bytes();
        port.add(frame, header.write(port.memory, frame, bytes, 0, 0));
    }

    /** Whether a frame is taken, whose payload then lies between position and limit. */
    private static boolean isTaken(ProxyPort port, ByteBuffer frames, FrameHeader header, long offset, int length) {
        int payload = header.payload(port.memory, offset, length);
        if (payload < 0) {
            port.warn("datagrams that were changed on the link are dropped (reason port): their checksum is wrong");
            return false;
        }
        int start = (int) offset + header.bytes();
        frames.limit(start + payload).position(start);
        return true;
    }
}
