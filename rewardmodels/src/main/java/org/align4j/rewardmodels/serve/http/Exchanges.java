package org.align4j.rewardmodels.serve.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.align4j.rewardmodels.serve.ScoreService;

/** Reads bodies within limits, hands calls to the {@link Api}, writes its replies. */
final class Exchanges implements HttpHandler {
    private final Api api;
    private final HttpMetrics metrics = new HttpMetrics();
    private final AccessLog log;
    private final ServerOptions options;
    private final ScoreService service;
    /** Kibibytes of bodies that may still be held. */
    private final Semaphore held;
    private final String prefix;
    private final AtomicLong number = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private int open;

    Exchanges(ScoreService service, ServerOptions options, Consumer<String> lines) {
        this.service = service;
        this.options = options;
        this.api = new Api(service, options, metrics);
        this.log = new AccessLog(lines);
        this.held = new Semaphore((int) Math.min(Integer.MAX_VALUE, options.maxHeldBytes() / 1024 + 1));
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        this.prefix = HexFormat.of().formatHex(random);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        long start = System.nanoTime();
        metrics.begin();
        String id = id(exchange.getRequestHeaders().getFirst("X-Request-Id"));
        Handled handled = null;
        Reading reading = new Reading();
        try {
            handled = handled(exchange, id, reading);
            write(exchange, handled.reply());
        } finally {
            Handled h = handled == null ? new Handled(new Problem(408, "The connection broke.").reply(id), Api.UNKNOWN, 0, 0) : handled;
            long took = System.nanoTime() - start;
            try {
                metrics.end(h.route(), h.reply().status(), took * 1e-9);
                log.add(h, id, exchange.getRequestMethod(), exchange.getRemoteAddress().getAddress().getHostAddress(), reading.bytes, took);
            } finally {
                exchange.close();
                if (reading.complete) {
                    count(-1);
                }
            }
        }
    }

    /** How far a request was read; from its last byte on it counts as accepted. */
    private static final class Reading {
        private int bytes;
        private boolean complete;
    }

    private Handled handled(HttpExchange exchange, String id, Reading reading) throws IOException {
        String path = String.valueOf(exchange.getRequestURI().getPath());
        int permits = 0;
        try {
            api.admit(exchange.getRequestMethod(), path, exchange.getRequestHeaders().getFirst("Authorization"));
            long length = length(exchange);
            if (length > options.maxBodyBytes()) {
                throw tooLarge(exchange);
            }
            permits = (int) ((length < 0 ? options.maxBodyBytes() : length) / 1024) + 1;
            if (!held.tryAcquire(permits)) {
                permits = 0;
                throw new Problem(503, "Too many bodies are being read at the moment.").with("Retry-After", Long.toString(service.retryAfter().toSeconds()));
            }
            byte[] body = body(exchange, length);
            reading.bytes = body.length;
            reading.complete = true;
            count(1);
            return api.handle(new Call(exchange.getRequestMethod(), path, headers(exchange), body, id));
        } catch (Problem p) {
            discard(exchange.getRequestBody());
            exchange.getResponseHeaders().set("Connection", "close");
            return new Handled(p.reply(id).with("X-Request-Id", id), Api.UNKNOWN, 0, 0);
        } finally {
            held.release(permits);
        }
    }

    private static long length(HttpExchange exchange) {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        return length != null ? Long.parseLong(length) : exchange.getRequestHeaders().containsKey("Transfer-Encoding") ? -1 : 0;
    }

    private Problem tooLarge(HttpExchange exchange) {
        return new Problem(413, "The body may have at most " + options.maxBodyBytes() + " bytes. Send several requests.");
    }

    private byte[] body(HttpExchange exchange, long length) throws IOException {
        InputStream in = exchange.getRequestBody();
        if (length >= 0) {
            byte[] all = in.readNBytes((int) length);
            if (all.length < length) {
                throw new IOException("The body ended after " + all.length + " of " + length + " bytes");
            }
            return all;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        for (int n = in.read(part); n >= 0; n = in.read(part)) {
            if (all.size() + n > options.maxBodyBytes()) {
                throw tooLarge(exchange);
            }
            all.write(part, 0, n);
        }
        return all.toByteArray();
    }

    /** Most callers read a reply only after they have sent all: a little too much is read and forgotten, so that they see it. */
    private void discard(InputStream in) {
        byte[] part = new byte[8192];
        long left = 4L * options.maxBodyBytes();
        try {
            for (int n = in.read(part); n >= 0 && left > 0; n = in.read(part)) {
                left -= n;
            }
        } catch (IOException e) {
            return; // the caller is gone
        }
    }

    private static Map<String, String> headers(HttpExchange exchange) {
        Map<String, String> all = new HashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> all.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        return all;
    }

    /** A caller's own id where it is harmless, else a new one. */
    private String id(String wanted) {
        return wanted != null && wanted.matches("[A-Za-z0-9._-]{1,64}") ? wanted : prefix + "-" + number.incrementAndGet();
    }

    private static void write(HttpExchange exchange, Reply reply) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", reply.type());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(reply.status(), reply.body().length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(reply.body());
        }
    }

    private void count(int by) {
        lock.lock();
        try {
            open += by;
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until every request that was read has its reply. */
    boolean awaitIdle(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (open > 0) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
