package io.shanhai.store.embedded;

import io.shanhai.store.KeyValueContract;
import io.shanhai.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedKeyValueTest extends KeyValueContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() {
        return EmbeddedStores.open(folder);
    }
}
