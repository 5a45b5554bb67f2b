package io.shanhai.cli;

import io.shanhai.settings.Settings;
import io.shanhai.settings.Settings.Change;
import io.shanhai.settings.SettingsException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the settings again at SIGHUP and says of each changed key whether it took effect. Wrong settings change nothing.
final class Reload {

    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private final Supplier<Settings> reading;
    private final Consumer<Settings> rooms;
    private Settings current;

    /// @param reading reads everything again
    /// @param current what the process started with
    /// @param rooms takes up the live keys
    Reload(Supplier<Settings> reading, Settings current, Consumer<Settings> rooms) {
        this.reading = reading;
        this.current = current;
        this.rooms = rooms;
    }

    void onHangup() {
        Shutdown.onSignal("HUP", _ -> Thread.ofPlatform().name("reload").start(this::run));
    }

    synchronized void run() {
        Settings next;
        try {
            next = reading.get();
        } catch (SettingsException e) {
            e.problems().forEach(problem -> LOG.error("{}", problem));
            LOG.error("settings are wrong, {} problem(s): the old ones stay", e.problems().size());
            return;
        }
        List<Change> changes = current.changesTo(next);
        Logging.apply(next.section(LogSettings.class));
        rooms.accept(next);
        current = next;
        for (Change change : changes) {
            LOG.info("{} changes from \"{}\" to \"{}\": {}", change.key(), change.from(), change.to(),
                    change.isLive() ? "in effect" : "needs a restart");
        }
        if (changes.isEmpty()) {
            LOG.info("settings read again, nothing changed");
        }
    }
}
