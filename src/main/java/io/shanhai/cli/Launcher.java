package io.shanhai.cli;

import java.util.Optional;

/// The launcher process this one is a child of, when an old Java started it (see `io.shanhai.Main`).
final class Launcher {

    /// Set by the launcher for its child.
    static final String PARENT_PID = "SHANHAI_LAUNCHER_PID";

    private Launcher() {}

    /// Calls `onDeath`, on another thread, once the launcher is gone; nothing when there is none. The launcher forwards
    /// signals, but cannot forward kill -9.
    static void watch(Runnable onDeath) {
        String pid = System.getenv(PARENT_PID);
        if (pid == null) {
            return;
        }
        // An orphan has another parent: the launcher died before we looked, and its pid may be somebody else's by now.
        Optional<ProcessHandle> launcher = ProcessHandle.current().parent()
                .filter(parent -> Long.toString(parent.pid()).equals(pid));
        if (launcher.isPresent()) {
            launcher.get().onExit().thenRun(onDeath);
        } else {
            onDeath.run();
        }
    }
}
