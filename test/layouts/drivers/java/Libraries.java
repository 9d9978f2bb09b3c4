import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Drives session libraries of Java: JSON requests on standard input, one answer for each on standard output. */
public final class Libraries {
  private SingleConnectionDataSource source;
  private Sessions sessions;

  public static void main(String[] args) throws Exception {
    var libraries = new Libraries();
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(libraries.answer(line));
      System.out.flush();
    }
  }

  private JsonObject answer(String line) {
    var answer = new JsonObject();
    answer.addProperty("ok", true);
    try {
      perform(JsonParser.parseString(line).getAsJsonObject(), answer);
    } catch (Exception error) {
      answer.addProperty("ok", false);
      answer.addProperty("error", error.toString());
    }
    return answer;
  }

  private void perform(JsonObject request, JsonObject answer) throws Exception {
    switch (request.get("op").getAsString()) {
      case "open" -> open(request);
      case "migrate" -> {
        if (!sessions.migrate()) unsupported(answer);
      }
      case "save" -> save(request, answer);
      case "live" -> answer.add("ids", live(request.getAsJsonArray("ids")));
      case "clean" -> sessions.clean();
      case "close" -> close();
      default -> throw new IllegalArgumentException("unknown request " + request.get("op"));
    }
  }

  private static void unsupported(JsonObject answer) {
    answer.addProperty("ok", false);
    answer.addProperty("unsupported", true);
  }

  private void open(JsonObject request) throws Exception {
    close();
    var url = URI.create(request.get("url").getAsString());
    var mysql = url.getScheme().equals("mysql");
    var address = "jdbc:" + (mysql ? "mysql" : "postgresql") + "://" + url.getRawAuthority().replaceFirst(".*@", "")
        + url.getRawPath() + (mysql ? "?sslMode=DISABLED&allowPublicKeyRetrieval=true" : "");
    var user = url.getUserInfo().split(":", 2);
    source = new SingleConnectionDataSource(address, user[0], user[1], true);
    var table = request.has("table") ? request.get("table").getAsString() : null;
    sessions = switch (request.get("library").getAsString()) {
      case "jetty" -> new JettySessions(source, table);
      case "tomcat" -> new TomcatSessions(source, table);
      default -> new SpringSessions(source, mysql, table);
    };
  }

  private void save(JsonObject request, JsonObject answer) throws Exception {
    var lifetime = request.get("lifetimeSeconds");
    var key = sessions.save(
        request.get("id").getAsString(),
        seconds(request.get("agoSeconds")),
        lifetime.isJsonNull() ? Duration.ofSeconds(-1) : seconds(lifetime));
    answer.addProperty("key", key);
  }

  private static Duration seconds(JsonElement number) {
    return Duration.ofMillis(Math.round(number.getAsDouble() * 1000));
  }

  private JsonArray live(JsonArray names) throws Exception {
    var found = new JsonArray();
    for (var name : names) if (sessions.isLive(name.getAsString())) found.add(name);
    return found;
  }

  private void close() {
    if (source != null) source.destroy();
    source = null;
  }
}
