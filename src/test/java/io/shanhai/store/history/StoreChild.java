package io.shanhai.store.history;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.embedded.EmbeddedStores;
import io.shanhai.store.history.Subject.Refused;
import io.shanhai.store.history.Subject.Unknown;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/// The process that is killed: an embedded store behind a socket file. One line asks, one line answers, a connection for
/// each client; a watch has a connection of its own and answers a line for each revision.
///
/// Words are separated by spaces; `-` is "none"; every line ends with ` .`, so that half a line is seen to be one.
final class StoreChild {

    private final Subject subject;

    private StoreChild(Subject subject) {
        this.subject = subject;
    }

    /// @param args the store's folder, the socket file
    static void main(String[] args) throws IOException {
        ((Logger) LoggerFactory.getLogger("ROOT")).setLevel(Level.OFF); // standard output is the protocol
        StoreChild child = new StoreChild(new StoreSubject(EmbeddedStores.open(Path.of(args[0]), Duration.ofMillis(100))));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(args[1]));
            System.out.println("ready");
            while (true) {
                SocketChannel connection = server.accept();
                Thread.ofPlatform().daemon().start(() -> child.serve(connection));
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection;
                BufferedReader in = new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8));
                PrintStream out = new PrintStream(Channels.newOutputStream(connection), false, StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                List<String> words = List.of(line.split(" "));
                if (words.getFirst().equals("watch")) {
                    watch(words, in, out);
                    return;
                }
                say(out, answer(words));
            }
        } catch (IOException | InterruptedException _) {
            // the parent is gone or has enough
        }
    }

    private static void say(PrintStream out, String line) {
        out.print(line + " .\n");
        out.flush();
    }

    private void watch(List<String> words, BufferedReader in, PrintStream out) throws IOException, InterruptedException {
        CountDownLatch begun = new CountDownLatch(1); // the answer "ok" comes before the first event
        try (Subject.Watching _ = subject.watch(none(words.get(2)) == null ? "" : words.get(2), Long.parseLong(words.get(1)),
                heard -> {
                    await(begun);
                    say(out, line(heard));
                })) {
            say(out, "ok");
            begun.countDown();
            while (in.readLine() != null) {
                // only its end is of interest
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(Heard heard) {
        StringBuilder line = new StringBuilder().append(heard.revision());
        heard.changes().forEach(change -> line.append(' ').append(change.key()).append(' ').append(word(change.value())));
        return line.toString();
    }

    private String answer(List<String> words) {
        try {
            return "ok " + switch (words.getFirst()) {
                case "run" -> line(subject.run(words.get(1), action(words.subList(2, words.size()))));
                case "grant" -> subject.grant(Long.parseLong(words.get(1)));
                case "attach" -> line(subject.attach(words.get(1), words.get(2), Long.parseLong(words.get(3))));
                case "keepalive" -> subject.keepAlive(Long.parseLong(words.get(1)));
                case "revision" -> subject.revision();
                case "state" -> state(subject.state());
                default -> throw new IllegalArgumentException(words.getFirst());
            };
        } catch (Unknown e) {
            return "unknown " + e.getMessage();
        } catch (Refused e) {
            return "refused " + e.getMessage();
        }
    }

    private static String line(Answer answer) {
        return answer.revision() + " " + word(answer.seen()) + " " + answer.applied();
    }

    private static String state(Map<String, String> state) {
        StringBuilder line = new StringBuilder();
        state.forEach((key, value) -> line.append(key).append(' ').append(value).append(' '));
        return line.toString().stripTrailing();
    }

    private static Action action(List<String> words) {
        return switch (words.getFirst()) {
            case "get" -> new Action.Get();
            case "put" -> new Action.Put(words.get(1));
            case "swap" -> new Action.Swap(words.get(1));
            case "delete" -> new Action.Delete();
            case "compare" -> new Action.CompareAndPut(none(words.get(1)), words.get(2));
            default -> throw new IllegalArgumentException(words.getFirst());
        };
    }

    static String words(Action action) {
        return switch (action) {
            case Action.Get _ -> "get";
            case Action.Put(String value) -> "put " + value;
            case Action.Swap(String value) -> "swap " + value;
            case Action.Delete _ -> "delete";
            case Action.CompareAndPut(String expected, String value) -> "compare " + word(expected) + " " + value;
        };
    }

    static String word(String value) {
        return value == null || value.isEmpty() ? "-" : value;
    }

    static String none(String word) {
        return word.equals("-") ? null : word;
    }
}
