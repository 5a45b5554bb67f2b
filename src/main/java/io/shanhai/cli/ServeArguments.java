package io.shanhai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the arguments of `serve` without picocli, whose classes are too old for the AOT cache and cost a third of a
/// fast start. Only well-formed arguments: everything else, help and mistakes among it, goes to picocli, which reads the
/// same options from [ServeCommand] and says what is wrong. `ServeArgumentsTest` holds the two together.
///
/// @param config null when not given
record ServeArguments(Path config, Path data, List<String> sets, int offset, boolean train) {

    static final Path DEFAULT_DATA = Path.of("shanhai-data");

    ServeArguments {
        sets = List.copyOf(sets);
    }

    /// Empty when picocli is to look at them.
    static Optional<ServeArguments> parse(List<String> arguments) {
        Path config = null;
        Path data = DEFAULT_DATA;
        List<String> sets = new ArrayList<>();
        int offset = 0;
        boolean train = false;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--train")) {
                train = true;
                continue;
            }
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String value = equals >= 0 ? argument.substring(equals + 1) : i + 1 < arguments.size() ? arguments.get(++i) : "";
            boolean plain = !value.isEmpty() && !value.startsWith("-") && value.indexOf('"') < 0 && value.indexOf('$') < 0;
            if (name.equals("--config") && plain && config == null) {
                config = Path.of(value);
            } else if (name.equals("--data") && plain && data == DEFAULT_DATA) {
                data = Path.of(value);
            } else if (name.equals("--set") && plain) {
                sets.add(value);
            } else if (name.equals("--offset") && offset == 0 && value.matches("\\d{1,5}")) {
                offset = Integer.parseInt(value);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new ServeArguments(config, data, sets, offset, train));
    }
}
