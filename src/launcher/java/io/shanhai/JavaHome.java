package io.shanhai;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds an installed Java by the `release` file every JDK carries. bin/shanhai looks in the same places. */
final class JavaHome {

    private static final Pattern VERSION_LINE = Pattern.compile("JAVA_VERSION=\"?([^\"]+)\"?");
    private static final Pattern LEADING_NUMBERS = Pattern.compile("(\\d+)(?:\\.(\\d+))?.*");

    private JavaHome() {}

    /**
     * What the environment names wins; of the others the oldest that is new enough, because that is the one the
     * appliance is tested with.
     *
     * @return null when there is none
     */
    static File find(int needed) {
        for (String name : new String[]{"SHANHAI_JAVA_HOME", "JAVA_HOME"}) {
            String path = System.getenv(name);
            if (path != null && !path.isEmpty() && majorOf(new File(path)) >= needed) {
                return new File(path);
            }
        }
        File best = null;
        for (File home : installed()) {
            int major = majorOf(home);
            if (major >= needed && (best == null || major < majorOf(best))) {
                best = home;
            }
        }
        return best;
    }

    /** Of a version such as `1.8`, `17`, `25.0.3`; 0 when it is none. */
    static int major(String version) {
        Matcher numbers = LEADING_NUMBERS.matcher(version);
        if (!numbers.matches()) {
            return 0;
        }
        // Java 8 and older call themselves 1.8.
        boolean isOld = numbers.group(1).equals("1") && numbers.group(2) != null;
        return Integer.parseInt(isOld ? numbers.group(2) : numbers.group(1));
    }

    static File java(File home) {
        File windows = new File(home, "bin/java.exe");
        return windows.exists() ? windows : new File(home, "bin/java");
    }

    private static List<File> installed() {
        List<File> homes = new ArrayList<File>();
        addChildren(homes, "/usr/lib/jvm", "");
        addChildren(homes, "/opt", "");
        addChildren(homes, System.getProperty("user.home") + "/.sdkman/candidates/java", "");
        addChildren(homes, "/Library/Java/JavaVirtualMachines", "Contents/Home");
        return homes;
    }

    private static void addChildren(List<File> homes, String folder, String below) {
        File[] children = new File(folder).listFiles();
        if (children == null) {
            return;
        }
        Arrays.sort(children); // listFiles has no order: the same machine must give the same Java
        for (File child : children) {
            homes.add(below.isEmpty() ? child : new File(child, below));
        }
    }

    /** 0 when there is no Java at this place. */
    private static int majorOf(File home) {
        File release = new File(home, "release");
        if (!release.isFile() || !java(home).canExecute()) {
            return 0;
        }
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new FileInputStream(release), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Matcher version = VERSION_LINE.matcher(line.trim());
                if (version.matches()) {
                    return major(version.group(1));
                }
            }
            return 0;
        } catch (IOException e) {
            return 0; // unreadable is as good as not there: another one may do
        }
    }
}
