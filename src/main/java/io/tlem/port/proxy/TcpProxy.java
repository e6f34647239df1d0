package io.tlem.port.proxy;

import io.tlem.port.PortAddress;
import io.tlem.wire.Tcp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Streams, in pieces as long as the segments of a wire. Connecting, the end of a stream and its reset pass the link as well, as
 * SYN, FIN and RST. What is under way is limited: more is not read, so that whoever sends it has to wait, as a receiver's window
 * would have it. Nothing in a stream may be lost on the link.
 */
final class TcpProxy {
    private static final int FRAME_BYTES = 1514;

    /** Pieces read by one call. */
    private static final int TURN = 16;

    private final Sessions<Session> sessions = new Sessions<>(session -> session.number);
    private final Side clients;
    private final Side targets;

    /** Where clients come to. */
    private record Listener(ServerSocketChannel channel, InetSocketAddress target) {}

    /** A client's connection and the one to the target, made for it. */
    private static final class Session {
        final int number;
        final End client;
        final End target;

        Session(int number, SocketChannel channel, InetSocketAddress from, InetSocketAddress to) {
            this.number = number;
            client = new End(this, new FrameHeader(ProxyRule.Protocol.TCP, number, from, to), to);
            target = new End(this, new FrameHeader(ProxyRule.Protocol.TCP, number, to, from), from);
            client.channel = channel;
        }
    }

    /** One of the two connections of a session. */
    private static final class End {
        final Session session;
        final FrameHeader header; // of what is read here
        final InetSocketAddress peer; // of whoever gets what is read here
        final AtomicLong inside = new AtomicLong(); // read here, and not yet written at the other end
        volatile SocketChannel channel; // the target's is made when the SYN has passed the link

        // Of the thread that reads.
        int sequence;
        boolean ended;
        boolean aborted;

        // Of the thread that writes.
        final Deque<ByteBuffer> waiting = new ArrayDeque<>();
        int expected;
        boolean finish; // when nothing waits any more
        boolean finished;
        boolean gone; // what comes for it is thrown away

        End(Session session, FrameHeader header, InetSocketAddress peer) {
            this.session = session;
            this.header = header;
            this.peer = peer;
        }

        End other() {
            return this == session.client ? session.target : session.client;
        }
    }

    TcpProxy(List<ProxyRule> rules, PortAddress a, PortAddress b, long[] windows) throws IOException {
        clients = new Side(a, Listening.description(rules), windows[0], false);
        try {
            targets = new Side(b, Listening.targets(rules), windows[1], true);
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

    /** The clients' connections or the targets'. */
    private final class Side extends ProxyPort {
        private final boolean ofTargets;
        private final long window;
        private final AtomicLong inside = new AtomicLong(); // of all that is read here, while it is on the link

        // What the writing thread tells the reading one.
        private final Queue<End> connected = new ConcurrentLinkedQueue<>();
        private final Queue<End> broken = new ConcurrentLinkedQueue<>();

        private final ByteBuffer[] pieces = new ByteBuffer[TURN]; // of the reading thread
        private final Set<End> stalled = new LinkedHashSet<>(); // of the writing thread

        Side(PortAddress address, String description, long window, boolean ofTargets) throws IOException {
            super(address, description);
            this.window = window;
            this.ofTargets = ofTargets;
            for (int i = 0; i < TURN; i++) {
                pieces[i] = memory.asByteBuffer();
            }
        }

        void listen(InetSocketAddress address, ProxyRule rule) throws IOException {
            ServerSocketChannel channel = ServerSocketChannel.open(Listening.family(address));
            closeLater(channel);
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            Listening.bind(rule, address, () -> channel.bind(address));
            channel.register(selector, SelectionKey.OP_ACCEPT, new Listener(channel, rule.target()));
        }

        @Override
        public boolean senderWaits() {
            return true;
        }

        @Override
        public int maxPacketBytes() {
            return FRAME_BYTES;
        }

        // ---- the thread that reads ----

        @Override
        void poll(long nowNanos) throws IOException {
            while (hasRoom() && !broken.isEmpty()) {
                abort(broken.remove());
            }
            for (End end = connected.poll(); end != null; end = connected.poll()) {
                try {
                    end.channel.register(selector, SelectionKey.OP_READ, end);
                } catch (ClosedChannelException e) {
                    // The transmitting thread has closed it.
                }
            }
        }

        @Override
        void ready(SelectionKey key) {
            if (key.attachment() instanceof Listener listener) {
                accept(listener);
            } else {
                read(key, (End) key.attachment());
            }
        }

        private void accept(Listener listener) {
            while (hasRoom()) {
                SocketChannel channel = null;
                try {
                    channel = listener.channel.accept();
                    if (channel == null) {
                        return;
                    }
                    channel.configureBlocking(false);
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    SocketChannel made = channel;
                    InetSocketAddress from = (InetSocketAddress) channel.getRemoteAddress();
                    Session session = sessions.add(number -> new Session(number, made, from, listener.target));
                    if (session == null) {
                        warn("no more than " + Sessions.MOST + " connections are served at a time");
                        closeQuietly(channel);
                        return;
                    }
                    channel.register(selector, SelectionKey.OP_READ, session.client);
                    addMark(session.client, FrameHeader.SYN);
                } catch (IOException e) {
                    warn("a new client cannot be served: " + e.getMessage());
                    closeQuietly(channel);
                    return;
                }
            }
        }

        private void read(SelectionKey key, End end) {
            long allowed = window - Math.max(end.inside.get(), inside.get());
            if (allowed <= 0 || end.ended) {
                return;
            }
            int header = end.header.bytes();
            int most = FRAME_BYTES - header;
            int count = (int) Math.min(Math.min(TURN, room()), Math.ceilDiv(allowed, most));
            long stride = (FRAME_BYTES + 63) & -64;
            long first = place();
            for (int i = 0; i < count; i++) {
                int start = (int) (first + i * stride) + header;
                pieces[i].clear().limit(start + most).position(start);
            }
            long bytes;
            try {
                bytes = end.channel.read(pieces, 0, count);
            } catch (IOException e) {
                key.cancel();
                abort(end);
                return;
            }
            if (bytes < 0) {
                key.interestOps(0);
                end.ended = true;
                addMark(end, Tcp.FIN | FrameHeader.ACK);
                return;
            }
            end.inside.addAndGet(bytes);
            inside.addAndGet(bytes);
            for (int i = 0; bytes > 0; i++) {
                int piece = (int) Math.min(bytes, most);
                long frame = first + i * stride;
                bytes -= piece;
                int flags = bytes == 0 ? Tcp.PSH | FrameHeader.ACK : FrameHeader.ACK;
                add(frame, end.header.write(memory, frame, piece, flags, end.sequence));
                end.sequence += piece;
            }
        }

        /** The connection has failed. A stream that ended before may still do so while the other one goes on. */
        private void abort(End end) {
            if (!end.aborted && sessions.get(end.session.number) != null) {
                end.ended = true;
                end.aborted = true;
                addMark(end, FrameHeader.RST);
            }
        }

        private void addMark(End end, int flags) {
            long frame = place();
            add(frame, end.header.write(memory, frame, 0, flags, end.sequence));
            end.sequence++;
        }

        // ---- the thread that writes ----

        @Override
        boolean send(ByteBuffer frames, long offset, int length) {
            other().inside.addAndGet(-FrameHeader.streamPayload(memory, offset));
            Session session = sessions.get(FrameHeader.session(memory, offset));
            if (session == null) {
                return false; // reset while this was under way
            }
            End to = ofTargets ? session.target : session.client;
            FrameHeader header = to.other().header;
            int payload = header.payload(memory, offset, length);
            if (payload < 0) {
                return false;
            }
            if (header.sequence(memory, offset) != to.expected) {
                warn("pieces of a stream were lost on the link, or came twice: the connection is reset");
                broken.add(to);
                reset(to);
                return false;
            }
            int flags = header.flags(memory, offset);
            to.expected += payload + ((flags & (Tcp.FIN | FrameHeader.SYN | FrameHeader.RST)) != 0 ? 1 : 0);
            if ((flags & FrameHeader.SYN) != 0) {
                connect(to);
            } else if ((flags & FrameHeader.RST) != 0) {
                reset(to);
            } else if ((flags & Tcp.FIN) != 0) {
                to.finish = true;
                stalled.add(to);
            } else {
                int start = (int) offset + header.bytes();
                frames.limit(start + payload).position(start);
                write(to, frames);
            }
            return true;
        }

        private Side other() {
            return ofTargets ? clients : targets;
        }

        private void connect(End to) {
            try {
                SocketChannel channel = SocketChannel.open(Listening.family(to.other().peer));
                to.channel = channel;
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (channel.connect(to.other().peer)) {
                    connected.add(to);
                } else {
                    stalled.add(to);
                }
            } catch (IOException e) {
                fail(to, e);
            }
        }

        private void fail(End to, IOException failure) {
            boolean closedHere = failure instanceof ClosedChannelException;
            if (!closedHere && (to.channel == null || !to.channel.isConnected())) {
                warn(ProxyRule.shown(to.other().peer) + " cannot be reached: " + failure.getMessage());
            }
            broken.add(to);
            leave(to);
        }

        /** What still comes for it is thrown away. */
        private void leave(End to) {
            to.gone = true;
            to.waiting.forEach(buffer -> to.other().inside.addAndGet(-buffer.remaining()));
            to.waiting.clear();
            closeQuietly(to.channel);
        }

        private void reset(End to) {
            sessions.remove(to.session);
            try {
                if (to.channel != null && to.channel.isOpen()) {
                    to.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
            } catch (IOException e) {
                // It is closed without.
            }
            leave(to);
            closeQuietly(to.other().channel);
        }

        private void write(End to, ByteBuffer payload) {
            int bytes = payload.remaining();
            if (!to.gone && to.waiting.isEmpty() && to.channel.isConnected()) {
                try {
                    int ignored = to.channel.write(payload);
                } catch (IOException e) {
                    fail(to, e);
                }
            }
            if (to.gone) {
                to.other().inside.addAndGet(-bytes);
                return;
            }
            to.other().inside.addAndGet(payload.remaining() - bytes);
            if (payload.hasRemaining()) {
                to.waiting.add(
                        ByteBuffer.allocate(payload.remaining()).put(payload).flip());
                stalled.add(to);
            }
        }

        @Override
        public void flush() {
            for (Iterator<End> ends = stalled.iterator(); ends.hasNext(); ) {
                End to = ends.next();
                try {
                    if (to.gone || goOn(to)) {
                        ends.remove();
                    }
                } catch (IOException e) {
                    ends.remove();
                    fail(to, e);
                }
            }
        }

        @Override
        public boolean hasPending() {
            return !stalled.isEmpty();
        }

        /** Goes on with what had to wait. Returns whether that is done. */
        private boolean goOn(End to) throws IOException {
            if (to.channel.isConnectionPending()) {
                if (!to.channel.finishConnect()) {
                    return false;
                }
                connected.add(to);
            }
            while (!to.waiting.isEmpty()) {
                ByteBuffer first = to.waiting.peek();
                to.other().inside.addAndGet(-to.channel.write(first));
                if (first.hasRemaining()) {
                    return false;
                }
                to.waiting.remove();
            }
            if (to.finish && !to.finished) {
                to.channel.shutdownOutput();
                to.finished = true;
                endWithBoth(to);
            }
            return true;
        }

        /** Closes both connections once both streams are over. */
        private void endWithBoth(End to) {
            synchronized (to.session) {
                if (to.other().finished) {
                    sessions.remove(to.session);
                    closeQuietly(to.channel);
                    closeQuietly(to.other().channel);
                }
            }
        }

        @Override
        public void close() {
            super.close();
            sessions.forEach(session -> {
                closeQuietly(session.client.channel);
                closeQuietly(session.target.channel);
            });
        }
    }
}
