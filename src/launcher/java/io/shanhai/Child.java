package io.shanhai;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The appliance as a child of this old Java. Signals are forwarded, the exit code is mirrored. When the child dies this
 * process ends with it; when this process dies, even by kill -9, the child notices by the pid it is given (class
 * `Launcher` of the commands) and stops in order.
 */
final class Child {

    /** Also known to io.shanhai.cli.Launcher. */
    private static final String PARENT_PID = "SHANHAI_LAUNCHER_PID";
    /** As in bin/shanhai, without what depends on the machine; heap flags of this process are passed on. */
    private static final List<String> FLAGS = Arrays.asList("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders",
            "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED");
    private static final String[] FORWARDED = {"TERM", "INT", "HUP"};

    private final List<String> command = new ArrayList<String>();

    Child(File home, String[] args) {
        command.add(JavaHome.java(home).getPath());
        command.addAll(FLAGS);
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // Others may not exist any more in the newer Java, which would then refuse to start.
            if (flag.startsWith("-D") || flag.startsWith("-Xm") || flag.startsWith("-Xss")) {
                command.add(flag);
            }
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(Arrays.asList(args));
    }

    /** Runs the child to its end; returns its exit code. */
    int run() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put(PARENT_PID, ownPid());
        final Process process = builder.start();
        for (String signal : FORWARDED) {
            forward(signal, process);
        }
        return process.waitFor();
    }

    private static String ownPid() {
        String name = ManagementFactory.getRuntimeMXBean().getName(); // pid@host; ProcessHandle came with Java 9
        return name.substring(0, name.indexOf('@'));
    }

    /** By reflection: sun.misc is not in the Java 8 API this class is compiled against. */
    private static void forward(final String signal, final Process process) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            InvocationHandler onSignal = new InvocationHandler() {
                @Override
                public Object invoke(Object proxy, Method method, Object[] args) {
                    if (method.getName().equals("handle")) {
                        send(signal, process);
                    }
                    return null;
                }
            };
            Object handler = Proxy.newProxyInstance(Child.class.getClassLoader(), new Class<?>[]{handlerType}, onSignal);
            signalType.getMethod("handle", signalType, handlerType)
                    .invoke(null, signalType.getConstructor(String.class).newInstance(signal), handler);
        } catch (InvocationTargetException e) {
            // This system has no such signal (HUP on Windows), or -Xrs keeps it: nothing to forward.
            return;
        } catch (ReflectiveOperationException e) {
            System.err.println("shanhai: signal " + signal + " is not forwarded: " + e);
        }
    }

    private static void send(String signal, Process process) {
        if (signal.equals("TERM")) {
            process.destroy(); // is SIGTERM where there are signals
            return;
        }
        try {
            // The shell's own kill: a small image may have no other.
            new ProcessBuilder("sh", "-c", "kill -s \"$0\" \"$1\"", signal, pid(process)).inheritIO().start();
        } catch (IOException | ReflectiveOperationException e) {
            System.err.println("shanhai: signal " + signal + " was not forwarded: " + e);
        }
    }

    private static String pid(Process process) throws ReflectiveOperationException {
        try {
            return Process.class.getMethod("pid").invoke(process).toString();
        } catch (NoSuchMethodException e) { // Java 8
            Field field = process.getClass().getDeclaredField("pid");
            field.setAccessible(true);
            return field.get(process).toString();
        }
    }
}
