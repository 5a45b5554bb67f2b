package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReloadTest {

    private List<String> sets = List.of();
    private final List<Settings> taken = new ArrayList<>();

    @Test
    void roomsGetGoodSettingsAndKeepTheOldOnesOtherwise() {
        Reload reload = new Reload(this::read, read(), taken::add);
        sets = List.of("log.level=nonsense");
        reload.run();
        assertEquals(0, taken.size());
        sets = List.of("log.level=error");
        reload.run();
        assertEquals(1, taken.size());
        assertEquals(LogSettings.Level.ERROR, taken.getFirst().section(LogSettings.class).level());
        sets = List.of();
        reload.run(); // puts the level back for other tests
        assertEquals(2, taken.size());
    }

    private Settings read() {
        return Settings.load(Cli.sections(), null, Map.of(), sets, 0);
    }
}
