import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.Locale;

/** As much of a Spring Boot application as configs/java.toml asks for. */
public class App {
  public static void main(String[] arguments) throws Exception {
    long began = System.nanoTime();
    byte[] up = "{\"status\":\"UP\"}".getBytes();
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    server.createContext("/actuator/health", exchange -> {
      exchange.sendResponseHeaders(200, up.length);
      exchange.getResponseBody().write(up);
      exchange.close();
    });
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook ran")));
    double took = (System.nanoTime() - began) / 1e9;
    System.out.printf(Locale.ROOT, "Started App in %.3f seconds%n", took);
  }
}
