package io.shanhai.store.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.history.Subject.Refused;
import io.shanhai.store.history.Subject.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/// A run against one store over any number of its lives: [#begin] on each, [#end] when that life is over or to be ended,
/// [#verify] at the end. The clients' choices come from the seed, their timing does not.
///
/// Confined to the test's thread; the clients have threads of their own.
public final class Trial {

    private static final int PATIENCE_SECONDS = 60; // for what must happen soon; a busy machine is no violation
    private static final List<String> WATCHED = List.of("key/", "key/1", "key/2", "", "key/");

    private final Random seeds;
    private final int clients;
    private final int keys;
    private final History history = new History();
    private final List<Watcher> watchers = new ArrayList<>();
    private final List<Thread> running = new ArrayList<>();
    private final AtomicLong refused = new AtomicLong();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private int lives;
    private int nextClient;
    private volatile boolean stopping;

    /// What a trial did.
    ///
    /// @param unknown of `operations`, those without an answer
    /// @param refused asked for and surely not done, not among `operations`
    public record Figures(int lives, int operations, long unknown, long refused, long revisions, int watchers, long heard) {
        @Override
        public String toString() {
            return "%d lives, %d operations (%d unknown, %d refused), %d revisions, %d watchers heard %d events".formatted(
                    lives, operations, unknown, refused, revisions, watchers, heard);
        }
    }

    /// @param watchers some of all keys, some of a few; all of them from the first revision on
    public Trial(long seed, int clients, int keys, int watchers) {
        this.seeds = new Random(seed);
        this.clients = clients;
        this.keys = keys;
        for (int i = 0; i < watchers; i++) {
            this.watchers.add(new Watcher("w" + i, WATCHED.get(i % WATCHED.size()), 2));
        }
    }

    /// Starts clients, and the watchers where they were.
    public void begin(Subject subject) {
        history.settle(System.nanoTime());
        lives++;
        stopping = false;
        watchers.forEach(watcher -> watcher.resume(subject));
        for (int i = 0; i < clients; i++) {
            Client client = new Client(nextClient++, subject, new Random(seeds.nextLong()));
            running.add(Thread.ofVirtual().name("client-" + client.number).start(client));
        }
    }

    /// Waits until so many more operations are over.
    public void awaitOperations(int more) throws InterruptedException {
        assertTrue(history.awaitSize(history.size() + more, PATIENCE_SECONDS * 1_000L), "the clients do not come on");
    }

    /// Writes that were refused so far.
    public long refused() {
        return refused.get();
    }

    /// Waits until so many writes were refused in all.
    public void awaitRefused(long wanted) {
        Awaitility.await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> refused.get() >= wanted);
    }

    /// Lets the clients finish what they are at. They have stopped already when their store is gone.
    public void end() throws InterruptedException {
        stopping = true;
        for (Thread client : running) {
            assertTrue(client.join(Duration.ofSeconds(PATIENCE_SECONDS)), client.getName() + " hangs");
        }
        running.clear();
        watchers.forEach(Watcher::pause);
    }

    /// Puts a key of its own on a new lease; nobody else writes it, so that nothing but the lease's end deletes it.
    ///
    /// @return the lease
    public long lease(Subject subject, String key, long ttlSeconds) throws Unknown, Refused {
        long lease = subject.grant(ttlSeconds);
        Action action = new Action.Put("lease-" + lease);
        long invoked = System.nanoTime();
        Answer answer = subject.attach(key, action.written(), lease);
        history.add(new Operation(nextClient++, key, action, invoked, System.nanoTime(), answer));
        return lease;
    }

    /// Judges everything so far. The subject is open, no client runs.
    public Figures verify(Subject subject) {
        history.settle(System.nanoTime());
        lives++;
        sentinels(subject);
        List<Operation> operations = history.operations();
        long last = subject.revision();
        List<Heard> truth = truth(subject, last);
        watchers.forEach(watcher -> watcher.resume(subject));
        watchers.forEach(watcher -> Awaitility.await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .until(() -> watcher.isThrough(truth)));
        watchers.forEach(Watcher::pause);

        List<String> violations = new ArrayList<>(failures);
        violations.addAll(Linearizability.violations(operations));
        violations.addAll(Revisions.violations(operations, truth, last));
        watchers.forEach(watcher -> violations.addAll(watcher.violations(truth)));
        assertEquals(List.of(), violations);
        assertEquals(state(truth), subject.state(), "the state is what the changes add up to");
        return new Figures(lives, operations.size(), history.unknown(), refused.get(), last - 1, watchers.size(),
                watchers.stream().mapToLong(watcher -> watcher.heard().size()).sum());
    }

    /// A last write for every prefix that is watched: what a watcher hears twice or too late, it hears before these.
    private void sentinels(Subject subject) {
        Client client = new Client(nextClient++, subject, new Random(seeds.nextLong()));
        List.of("key/0", "key/1", "key/2").forEach(client::sentinel);
    }

    private List<Heard> truth(Subject subject, long last) {
        Watcher all = new Watcher("all", "", 2);
        all.resume(subject);
        Awaitility.await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> all.lastHeard() >= last);
        all.pause();
        return all.heard();
    }

    private static Map<String, String> state(List<Heard> truth) {
        Map<String, String> state = new TreeMap<>();
        for (Heard at : truth) {
            for (Heard.Change change : at.changes()) {
                if (change.value() == null) {
                    state.remove(change.key());
                } else {
                    state.put(change.key(), change.value());
                }
            }
        }
        return state;
    }

    /// Asks one thing after the other, until it is told to stop or its store is gone.
    private final class Client implements Runnable {

        private final int number;
        private final Subject subject;
        private final Random random;
        private final Map<String, String> lastSeen = new HashMap<>();
        private int writes;

        Client(int number, Subject subject, Random random) {
            this.number = number;
            this.subject = subject;
            this.random = random;
        }

        @Override
        public void run() {
            try {
                boolean alive = true;
                while (alive && !stopping) {
                    String key = "key/" + random.nextInt(keys);
                    alive = act(key, action(key));
                }
            } catch (RuntimeException e) {
                failures.add("client " + number + " failed: " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Action action(String key) {
            String value = number + "." + writes++;
            return switch (random.nextInt(10)) {
                case 0, 1, 2 -> new Action.Get();
                case 3, 4 -> new Action.Put(value);
                case 5, 6 -> new Action.Swap(value);
                case 7, 8 -> new Action.CompareAndPut(lastSeen.get(key), value);
                default -> new Action.Delete();
            };
        }

        /// @return false when the store is gone
        private boolean act(String key, Action action) throws InterruptedException {
            long invoked = System.nanoTime();
            try {
                Answer answer = subject.run(key, action);
                long returned = System.nanoTime();
                history.add(new Operation(number, key, action, invoked, returned, answer));
                lastSeen.put(key, answer.applied() ? action.written() : answer.seen());
                return true;
            } catch (Unknown _) {
                history.add(new Operation(number, key, action, invoked, Operation.NEVER, null));
                return false;
            } catch (Refused _) {
                refused.incrementAndGet();
                Thread.sleep(1); // a full disk answers at once; do not spin on it
                return true;
            }
        }

        private void sentinel(String key) {
            try {
                assertTrue(act(key, new Action.Put(number + "." + writes++)), "the store is gone");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
