package org.align4j.rewardmodels.serve.http;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.align4j.rewardmodels.serve.Histogram;
import org.align4j.rewardmodels.serve.ScoreService;
import org.align4j.rewardmodels.serve.ServiceException;
import org.align4j.rewardmodels.serve.ServiceMetrics;

/** Counts requests by route and status, and writes the page Prometheus reads. */
final class HttpMetrics {
    private final Map<String, Map<Integer, LongAdder>> requests = new ConcurrentSkipListMap<>();
    private final Map<String, Histogram> seconds = new ConcurrentSkipListMap<>();
    private final AtomicInteger inProgress = new AtomicInteger();

    void begin() {
        inProgress.incrementAndGet();
    }

    void end(String route, int status, double took) {
        inProgress.decrementAndGet();
        requests.computeIfAbsent(route, r -> new ConcurrentSkipListMap<>()).computeIfAbsent(status, s -> new LongAdder()).increment();
        seconds.computeIfAbsent(route, r -> new Histogram(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)).add(took);
    }

    String page(ScoreService service) {
        Exposition e = new Exposition();
        e.family("align4j_http_requests_total", "counter", "Requests by route and status.");
        requests.forEach((route, by) -> by.forEach((status, n) -> e.sample("align4j_http_requests_total", n.sum(), "route", route, "status", status.toString())));
        e.family("align4j_http_request_seconds", "histogram", "Time from a request's headers to its reply.");
        seconds.forEach((route, h) -> e.histogram("align4j_http_request_seconds", h, "route", route));
        e.family("align4j_http_requests_in_progress", "gauge", "Requests being handled.").sample("align4j_http_requests_in_progress", inProgress.get());
        service(e, service);
        process(e);
        return e.text();
    }

    private static void service(Exposition e, ScoreService service) {
        ServiceMetrics m = service.metrics();
        e.family("align4j_reward_info", "gauge", "The reward being served.").sample("align4j_reward_info", 1, "name", service.name(), "digest", service.digest());
        e.family("align4j_ready", "gauge", "1 while questions are taken.").sample("align4j_ready", service.state() == ScoreService.State.READY ? 1 : 0);
        counter(e, "align4j_accepted_total", "Requests taken into the queue.", m.accepted());
        counter(e, "align4j_answered_total", "Requests scored.", m.answered());
        e.family("align4j_failed_total", "counter", "Requests not scored, by reason.");
        for (ServiceException.Kind kind : ServiceException.Kind.values()) {
            e.sample("align4j_failed_total", m.failed(kind), "reason", kind.name().toLowerCase(Locale.ROOT));
        }
        counter(e, "align4j_answers_total", "Answers scored.", m.answers());
        counter(e, "align4j_answers_merged_total", "Answers that shared the score of an equal one in their batch.", m.merged());
        counter(e, "align4j_answers_retried_alone_total", "Answers computed again because their batch failed.", m.retriedAlone());
        e.family("align4j_queue_answers", "gauge", "Answers that wait.").sample("align4j_queue_answers", service.waiting());
        e.family("align4j_queue_limit_answers", "gauge", "Most answers that may wait.").sample("align4j_queue_limit_answers", service.options().queueAnswers());
        e.family("align4j_queue_seconds", "histogram", "Time until a request's first answer was taken up.").histogram("align4j_queue_seconds", m.queueSeconds());
        e.family("align4j_batch_answers", "histogram", "Answers taken up together.").histogram("align4j_batch_answers", m.batchAnswers());
        e.family("align4j_batch_seconds", "histogram", "Time to compute what was taken up together.").histogram("align4j_batch_seconds", m.batchSeconds());
    }

    private static void counter(Exposition e, String name, String help, long value) {
        e.family(name, "counter", help).sample(name, value);
    }

    private static void process(Exposition e) {
        e.family("jvm_memory_heap_used_bytes", "gauge", "Heap in use.")
                .sample("jvm_memory_heap_used_bytes", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        e.family("jvm_threads", "gauge", "Live threads.").sample("jvm_threads", ManagementFactory.getThreadMXBean().getThreadCount());
        e.family("process_start_time_seconds", "gauge", "When the process began, since 1970.")
                .sample("process_start_time_seconds", ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0);
        long resident = residentBytes();
        if (resident > 0) {
            e.family("process_resident_memory_bytes", "gauge", "Memory of the process, native memory included.").sample("process_resident_memory_bytes", resident);
        }
    }

    /** From Linux' account; 0 elsewhere. */
    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return 0;
    }
}
