package io.shanhai.store;

/// One row of the table that `bench/store` prints; it takes the lines that start with a bar.
final class Row {

    private Row() {}

    static void print(String what, String asked, String measured, Object... numbers) {
        System.out.printf("| " + what + " | " + asked + " | " + measured + " |%n", numbers);
    }
}
