package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// An exchange that becomes another request's must not know anything of the one before: not by a field that somebody adds
/// tomorrow either. So every field is looked at by reflection.
class ExchangeTest {

    private static final Set<String> KEPT = Set.of("unseenTrace", "spareLimits", "engine");

    private static Exchange fresh() {
        return new Exchange(Exchange.Engine.NIO, "GET", "/a", "q", "h", "h:1", null, "127.0.0.1", true, "http", 7);
    }

    @Test
    void renewedIsAsNew() throws Exception {
        Exchange used = fresh();
        for (Field field : Exchange.class.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                field.setAccessible(true);
                soil(used, field);
            }
        }
        used.renew("GET", "/a", "q", "h", "h:1", null, "127.0.0.1", true, "http", 7);
        Exchange expected = fresh();
        for (Field field : Exchange.class.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !KEPT.contains(field.getName())) {
                field.setAccessible(true);
                assertTrue(Objects.equals(field.get(expected), field.get(used)), field.getName());
            }
        }
    }

    /// Primitives get another value; references that are null in a new exchange stay so where none can be made here.
    private static void soil(Exchange used, Field field) throws Exception {
        Class<?> type = field.getType();
        if (type == int.class) {
            field.setInt(used, 99);
        } else if (type == long.class) {
            field.setLong(used, 99);
        } else if (type == boolean.class) {
            field.setBoolean(used, !field.getBoolean(used));
        } else if (type == String.class) {
            field.set(used, "soiled");
        } else if (type == long[].class) {
            field.set(used, new long[]{99});
        } else {
            field.set(used, something(type));
        }
    }

    /// Any object of the type. No constructor runs: what they ask for would have to be known here, field by field.
    private static Object something(Class<?> type) throws Exception {
        if (type.isInterface()) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, (_, _, _) -> null);
        }
        if (type.isSealed() || Modifier.isAbstract(type.getModifiers())) {
            throw new AssertionError("teach this test to make a " + type);
        }
        Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
        Object constructor = factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(factory.getMethod("getReflectionFactory").invoke(null), type, Object.class.getDeclaredConstructor());
        return ((Constructor<?>) constructor).newInstance();
    }

    @Test
    void roomForLimitsIsEmptyAndSpared() {
        Exchange x = fresh();
        x.makeRoomForLimits(2);
        long[] first = x.limitsRemaining;
        first[1] = 5;
        x.renew("GET", "/b", null, "h", "h", null, "127.0.0.1", true, "http", 8);
        assertNull(x.limitsRemaining);
        x.makeRoomForLimits(2);
        assertEquals(0, x.limitsRemaining[1]);
        assertEquals(first, x.limitsRemaining);
        x.makeRoomForLimits(3);
        assertEquals(3, x.limitsRemaining.length);
        assertNotNull(x.limitsRemaining);
    }
}
