package org.align4j.core.io.internal;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * One read-only mapped part of a file, of less than 2 GiB, that can be released at once rather than when the collector gets to it:
 * mapped pages count as resident memory. From Java 22 on an arena does that; before, the JDK's own cleaner of buffers.
 */
final class MappedRegion {
    private static final boolean ARENAS = Runtime.version().feature() >= 22;
    private final ByteBuffer buffer;
    private final Object owner;

    private MappedRegion(ByteBuffer buffer, Object owner) {
        this.buffer = buffer;
        this.owner = owner;
    }

    static MappedRegion map(FileChannel channel, long start, long length) throws IOException {
        if (!ARENAS) {
            return new MappedRegion(channel.map(MapMode.READ_ONLY, start, length), null);
        }
        try {
            Object arena = Arenas.OF_SHARED.invoke(null);
            Object segment = Arenas.MAP.invoke(channel, MapMode.READ_ONLY, start, length, arena);
            return new MappedRegion((ByteBuffer) Arenas.AS_BUFFER.invoke(segment), arena);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Gives the address space back. The buffer must not be used afterwards. */
    void release() {
        try {
            if (owner != null) {
                Arenas.CLOSE.invoke(owner);
            } else if (Cleaner.INVOKE != null) {
                Cleaner.INVOKE.invoke(Cleaner.UNSAFE, buffer);
            }
        } catch (ReflectiveOperationException e) {
            // The collector will release it.
        }
    }

    /** The foreign memory interface, by name because this code also runs where it does not exist. */
    private static final class Arenas {
        static final Method OF_SHARED;
        static final Method CLOSE;
        static final Method MAP;
        static final Method AS_BUFFER;

        static {
            try {
                Class<?> arena = Class.forName("java.lang.foreign.Arena");
                OF_SHARED = arena.getMethod("ofShared");
                CLOSE = arena.getMethod("close");
                MAP = FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, arena);
                AS_BUFFER = Class.forName("java.lang.foreign.MemorySegment").getMethod("asByteBuffer");
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    private static final class Cleaner {
        static final Object UNSAFE;
        static final Method INVOKE;

        static {
            Object unsafe = null;
            Method invoke = null;
            try {
                Class<?> type = Class.forName("sun.misc.Unsafe");
                Field field = type.getDeclaredField("theUnsafe");
                field.setAccessible(true);
                unsafe = field.get(null);
                invoke = type.getMethod("invokeCleaner", ByteBuffer.class);
            } catch (ReflectiveOperationException | RuntimeException e) {
                // Not offered here: the collector releases the memory later.
            }
            UNSAFE = unsafe;
            INVOKE = invoke;
        }
    }
}
