package io.shanhai.store.embedded;

import io.shanhai.store.WatchContract;
import io.shanhai.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedWatchTest extends WatchContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() {
        return EmbeddedStores.open(folder);
    }
}
