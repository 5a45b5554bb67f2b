package io.shanhai.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How this process ends. The one shutdown hook closes what is open and halts with the exit code: after a plain hook the
/// JVM would answer SIGTERM with 143. A second signal halts at once.
///
/// States: waiting -> (signal, launcher gone, or end of the command) -> closing -> halted.
final class Shutdown {

    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
    /// Ctrl-C on a terminal reaches the launcher and its child, and the launcher forwards its own: one wish, two signals.
    private static final long SAME_SIGNAL_NANOS = 1_000_000_000L;

    private final AtomicReference<Long> firstSignalNanos = new AtomicReference<>();
    private volatile AutoCloseable open = () -> {};
    private volatile int exitCode;

    /// From now on signals end the process in order.
    void install() {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(this::close));
        onSignal("TERM", _ -> stop("SIGTERM", 143));
        onSignal("INT", _ -> stop("SIGINT", 130));
        Launcher.watch(() -> exit("the launcher process is gone"));
    }

    /// What the hook has to close.
    void closeAtEnd(AutoCloseable resource) {
        open = resource;
    }

    /// What the process ends with, unless closing fails.
    void exitCode(int code) {
        exitCode = code;
    }

    /// Calls `handler` with the signal's name on a thread of the JVM. By reflection: javac warns about sun.misc, and
    /// warnings are errors here; there is no other API for it.
    static void onSignal(String name, Consumer<String> handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(Shutdown.class.getClassLoader(), new Class<?>[]{handlerType},
                    (self, method, args) -> {
                        switch (method.getName()) {
                            case "handle" -> handler.accept(name);
                            case "equals" -> {
                                return self == args[0];
                            }
                            case "hashCode" -> {
                                return System.identityHashCode(self);
                            }
                            default -> {
                                return "handler of SIG" + name;
                            }
                        }
                        return null;
                    });
            signalType.getMethod("handle", signalType, handlerType)
                    .invoke(null, signalType.getConstructor(String.class).newInstance(name), proxy);
        } catch (InvocationTargetException e) {
            LOG.debug("no signal {} on this system", name, e.getCause());
        } catch (ReflectiveOperationException e) {
            LOG.warn("signal {} keeps the JVM's own handling", name, e);
        }
    }

    private void stop(String signal, int codeWhenImpatient) {
        long now = System.nanoTime();
        if (firstSignalNanos.compareAndSet(null, now)) {
            exit(signal);
        } else if (now - firstSignalNanos.get() > SAME_SIGNAL_NANOS) {
            Runtime.getRuntime().halt(codeWhenImpatient);
        }
    }

    /// Exit blocks its caller until the hook halts; a signal thread must stay free for the second signal.
    private void exit(String why) {
        LOG.info("stopping: {}", why);
        Thread.ofPlatform().name("exit").start(() -> System.exit(0));
    }

    private void close() {
        int code = exitCode;
        try {
            open.close();
        } catch (Exception e) {
            LOG.error("stopping went wrong; what was acknowledged is on disk", e);
            code = 1;
        }
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }
}
