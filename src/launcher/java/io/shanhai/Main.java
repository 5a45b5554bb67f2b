package io.shanhai;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * The class `java -jar shanhai.jar` starts. It is Java 8 bytecode, so that an old `java` gives an answer and not an
 * UnsupportedClassVersionError: on a new enough Java it runs the appliance in this process, on an older one it finds a
 * new one and runs the appliance as its child.
 */
public final class Main {

    static final int NEEDED_JAVA = 25;
    /** Usage and set-up errors; as the commands use it. */
    private static final int EXIT_SETUP = 2;

    private static final String NATIVE_ACCESSORS = "jdk.reflect.useNativeAccessorOnly";

    private Main() {}

    public static void main(String[] args) throws Exception {
        // Settings and options are read by reflection, once: native accessors spare the method handles that would be spun
        // for it, a fifth of a cold start. Read by the JDK at the first reflective call.
        if (System.getProperty(NATIVE_ACCESSORS) == null) {
            System.setProperty(NATIVE_ACCESSORS, "true");
        }
        if (JavaHome.major(System.getProperty("java.specification.version")) >= NEEDED_JAVA) {
            runHere(args);
            return;
        }
        File home = JavaHome.find(NEEDED_JAVA);
        if (home == null) {
            System.err
                    .println("shanhai needs Java " + NEEDED_JAVA + " or newer, this is Java " + System.getProperty("java.version")
                            + " and no newer one was found: install a JDK " + NEEDED_JAVA
                            + ", or set SHANHAI_JAVA_HOME to one");
            System.exit(EXIT_SETUP);
        }
        System.exit(new Child(home, args).run());
    }

    /** By reflection: this source root is compiled without the others. */
    private static void runHere(String[] args) throws Exception {
        Method main = Class.forName("io.shanhai.cli.Cli").getMethod("main", String[].class);
        try {
            main.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception) {
                throw (Exception) e.getCause();
            }
            throw (Error) e.getCause();
        }
    }
}
