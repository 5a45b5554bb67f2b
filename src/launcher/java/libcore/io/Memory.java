package libcore.io;

/**
 * Nothing, under a name that only Android has. protobuf looks for it to tell where it runs; on Android it reads its arrays
 * the plain way. Elsewhere it reads them through sun.misc.Unsafe, for no gain that shows here, and a JDK 24 or newer prints
 * four lines of warning about that at every start by `java -jar`. The day protobuf lets go of Unsafe this goes.
 */
final class Memory {

    private Memory() {}
}
