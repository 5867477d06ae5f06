package org.align4j.rewardmodels.serve.http;

/**
 * Limits of the JDK's HTTP server. It reads them once, as system properties, when its classes are loaded, so they hold for every such server of the process;
 * what is set already stays. Times are in seconds.
 */
final class PlatformLimits {
    private PlatformLimits() {}

    /** Has an effect before the first HTTP server of the process is made. */
    static void apply(int maxConnections) {
        // Without it the small writes of a reply wait for the peer's delayed acknowledgement, some 40 ms.
        unlessSet("sun.net.httpserver.nodelay", "true");
        // From the first byte of a request to the last of its body: ends those who send slowly.
        unlessSet("sun.net.httpserver.maxReqTime", "20");
        // From there to the last byte of the reply, the wait for scores included: ends those who read slowly.
        unlessSet("sun.net.httpserver.maxRspTime", "300");
        unlessSet("sun.net.httpserver.idleInterval", "60");
        unlessSet("sun.net.httpserver.maxIdleConnections", Integer.toString(maxConnections));
        unlessSet("jdk.httpserver.maxConnections", Integer.toString(maxConnections));
        unlessSet("sun.net.httpserver.maxReqHeaders", "64");
        unlessSet("sun.net.httpserver.maxReqHeaderSize", "32768");
    }

    private static void unlessSet(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
