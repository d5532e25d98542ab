package dev.lanewise;

import com.sun.net.httpserver.HttpServer;
import dev.lanewise.error.RequestRejectedException;
import dev.lanewise.error.TextTooLongException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;

/** The example of docs/embed-in-a-service.md, so that it compiles; {@link ReadmeTest} compares the two. */
final class ServiceExample {
    private ServiceExample() {}

    static void main(String[] args) throws IOException {
        // begin
        Model model = Model.open(Path.of("smollm2-135m.lane"));
        model.warmUp().join(); // before the first request is taken
        Scheduler scheduler = model.scheduler(SchedulerOptions.defaults().withCache(1L << 30, CacheType.BF16));
        GenerationOptions options = GenerationOptions.builder().maxTokens(200).timeLimit(Duration.ofSeconds(20))
                .build();

        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor()); // a thread a request, which may wait
        server.createContext("/generate", exchange -> {
            String prompt = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            int status = 200;
            String text;
            try {
                text = scheduler.generate(prompt, options).text();
            } catch (RequestRejectedException e) {
                status = 503; // too many at once: the caller learns it now
                text = e.getMessage();
            } catch (IllegalArgumentException | TextTooLongException e) {
                status = 400;
                text = e.getMessage();
            } catch (InterruptedException e) {
                status = 503;
                text = "the service ends";
            }
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            scheduler.close(Duration.ofSeconds(5)); // what runs may end, all else is told that it is closed
            server.stop(1); // the answers are sent
            model.close();
        }));
        // end
    }
}
