package org.align4j.rewardmodels.serve.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.align4j.core.UserException;
import org.align4j.rewardmodels.serve.ScoreService;

/**
 * A {@link ScoreService} over HTTP, on the server that comes with the JDK: {@code POST /v1/score}, {@code /v1/rerank}, {@code /get_reward}; {@code GET /v1/model},
 * {@code /healthz}, {@code /readyz}, {@code /metrics}, {@code /openapi.json}. Requests are read and answered by one thread per connection, as many as there
 * may be connections, so that one slow caller does not hold up another.
 */
public final class ScoreServer implements AutoCloseable {
    private final HttpServer server;
    private final ScoreService service;
    private final ThreadPoolExecutor threads;
    private final Exchanges exchanges;

    private ScoreServer(HttpServer server, ScoreService service, ThreadPoolExecutor threads, Exchanges exchanges) {
        this.server = server;
        this.service = service;
        this.threads = threads;
        this.exchanges = exchanges;
    }

    /**
     * Listens; until the service is ready it says so under {@code /readyz} and refuses questions with status 503.
     *
     * @param service what is asked; drained by {@link #drain}, closed by the caller otherwise
     * @param log     takes a line of JSON for every request, from many threads; never the contents of requests or replies. May be null
     */
    public static ScoreServer start(ScoreService service, ServerOptions options, Consumer<String> log) {
        PlatformLimits.apply(options.maxConnections());
        try {
            InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
            if (address.isUnresolved()) {
                throw new UnknownHostException(options.host());
            }
            HttpServer server = HttpServer.create(address, 128);
            AtomicInteger number = new AtomicInteger();
            // A thread that has sent its reply is busy a moment longer, while the connection already brings the next request.
            ThreadPoolExecutor threads = new ThreadPoolExecutor(0, 2 * options.maxConnections(), 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread t = new Thread(task, "align4j-http-" + number.incrementAndGet());
                t.setDaemon(true);
                return t;
            });
            Exchanges exchanges = new Exchanges(service, options, log == null ? line -> { } : log);
            server.setExecutor(threads);
            server.createContext("/", exchanges);
            server.start();
            return new ScoreServer(server, service, threads, exchanges);
        } catch (IOException e) {
            throw new UserException("Cannot listen on " + options.host() + " port " + options.port() + ": " + e.getMessage() + ". Choose another host or port.", e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** The address it listens on, as a URL. */
    public String url() {
        String host = server.getAddress().getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    /**
     * Ends gracefully: {@code /readyz} and new questions get status 503, what was accepted is computed and answered, then connections are closed.
     *
     * @return whether everything accepted was answered within the time
     */
    public boolean drain(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        boolean done = service.drain(atMost);
        done &= exchanges.awaitIdle(end - System.nanoTime());
        close();
        return done;
    }

    /** Stops listening and closes every connection; the service goes on. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
