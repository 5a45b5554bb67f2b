package io.shanhai.store.history;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A store in a child process of this one, to be killed, stopped and continued.
final class ChildSubject implements Subject {

    private static final int STOP_SECONDS = 20;

    private final Process process;
    private final Path socket;
    private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();

    private ChildSubject(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /// Returns when the child has recovered what the folder holds.
    static ChildSubject start(Path folder, Path socket) throws IOException {
        Files.deleteIfExists(socket);
        Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp", System.getProperty("java.class.path"),
                StoreChild.class.getName(), folder.toString(), socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        if (!"ready".equals(line)) {
            process.destroyForcibly();
            throw new IllegalStateException("the child said " + line + " (expected: ready)");
        }
        return new ChildSubject(process, socket);
    }

    /// SIGKILL. Returns when it is gone.
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        if (process.waitFor() != 128 + 9) {
            throw new IllegalStateException("the child had ended by itself with " + process.exitValue());
        }
    }

    /// SIGSTOP or SIGCONT.
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
        if (kill.waitFor() != 0) {
            throw new IllegalStateException("kill -" + name + " failed");
        }
    }

    @Override
    public Answer run(String key, Action action) throws Unknown, Refused {
        return answer(ask("run " + key + " " + StoreChild.words(action)));
    }

    private static Answer answer(List<String> words) {
        return new Answer(Long.parseLong(words.get(0)), StoreChild.none(words.get(1)), Boolean.parseBoolean(words.get(2)));
    }

    @Override
    public long grant(long ttlSeconds) throws Unknown, Refused {
        return Long.parseLong(ask("grant " + ttlSeconds).getFirst());
    }

    @Override
    public Answer attach(String key, String value, long lease) throws Unknown, Refused {
        return answer(ask("attach " + key + " " + value + " " + lease));
    }

    @Override
    public boolean keepAlive(long lease) throws Unknown {
        return Boolean.parseBoolean(answered("keepalive " + lease).getFirst());
    }

    @Override
    public long revision() {
        try {
            return Long.parseLong(answered("revision").getFirst());
        } catch (Unknown e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Map<String, String> state() {
        try {
            List<String> words = answered("state");
            Map<String, String> state = new TreeMap<>();
            for (int i = 0; i + 1 < words.size(); i += 2) {
                state.put(words.get(i), words.get(i + 1));
            }
            return state;
        } catch (Unknown e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> answered(String line) throws Unknown {
        try {
            return ask(line);
        } catch (Refused e) {
            throw new IllegalStateException(e);
        }
    }

    /// @return the words of the answer
    private List<String> ask(String line) throws Unknown, Refused {
        Connection connection = idle.poll();
        try {
            if (connection == null) {
                connection = new Connection(socket);
            }
            connection.say(line);
            List<String> words = connection.hear();
            idle.add(connection);
            return switch (words.getFirst()) {
                case "ok" -> words.subList(1, words.size());
                case "refused" -> throw new Refused(String.join(" ", words));
                default -> throw new Unknown(new IOException(String.join(" ", words)));
            };
        } catch (IOException e) {
            closeQuietly(connection);
            throw new Unknown(e);
        }
    }

    @Override
    public Watching watch(String prefix, long from, Consumer<Heard> ear) {
        try {
            Connection connection = new Connection(socket);
            connection.say("watch " + from + " " + StoreChild.word(prefix));
            connection.hear();
            Thread listening = Thread.ofVirtual().name("watching").start(() -> listen(connection, ear));
            return () -> {
                closeQuietly(connection);
                try {
                    listening.join(); // so that nothing is heard after this, and all that was heard is known
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void listen(Connection connection, Consumer<Heard> ear) {
        try {
            while (true) {
                List<String> words = connection.hear();
                List<Heard.Change> changes = new ArrayList<>();
                for (int i = 1; i < words.size(); i += 2) {
                    changes.add(new Heard.Change(words.get(i), StoreChild.none(words.get(i + 1))));
                }
                ear.accept(new Heard(Long.parseLong(words.getFirst()), changes));
            }
        } catch (IOException _) {
            // the child is gone, or the watcher has enough
        }
    }

    /// Ends the child in order, so that it leaves nothing behind; one that was killed is gone already.
    @Override
    public void close() {
        idle.forEach(ChildSubject::closeQuietly);
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException _) {
                // nothing more is wanted of it
            }
        }
    }

    private static final class Connection implements AutoCloseable {

        private final SocketChannel channel;
        private final BufferedReader in;

        Connection(Path socket) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        }

        void say(String line) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /// @throws IOException at the end, and when the line is not whole
        List<String> hear() throws IOException {
            String line = in.readLine();
            if (line == null || !line.endsWith(" .")) {
                throw new IOException("the connection ended with " + line);
            }
            return Arrays.asList(line.substring(0, line.length() - 2).split(" "));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
