import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;
import org.springframework.transaction.support.TransactionTemplate;

/** Drives spring-session-jdbc: JSON requests on standard input, one answer for each on standard output. */
public final class Libraries {
  private SingleConnectionDataSource source;
  private JdbcTemplate jdbc;
  private JdbcIndexedSessionRepository sessions;
  private String table;
  private boolean mysql;

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

  private void perform(JsonObject request, JsonObject answer) {
    switch (request.get("op").getAsString()) {
      case "open" -> open(request);
      case "migrate" -> migrate();
      case "save" -> answer.addProperty("key", save(sessions, request));
      case "live" -> answer.add("ids", live(request.getAsJsonArray("ids")));
      case "clean" -> sessions.cleanUpExpiredSessions();
      case "close" -> close();
      default -> throw new IllegalArgumentException("unknown request " + request.get("op"));
    }
  }

  private void open(JsonObject request) {
    close();
    var url = URI.create(request.get("url").getAsString());
    mysql = url.getScheme().equals("mysql");
    var address = "jdbc:" + (mysql ? "mysql" : "postgresql") + "://" + url.getRawAuthority().replaceFirst(".*@", "")
        + url.getRawPath() + (mysql ? "?sslMode=DISABLED&allowPublicKeyRetrieval=true" : "");
    var user = url.getUserInfo().split(":", 2);
    source = new SingleConnectionDataSource(address, user[0], user[1], true);
    jdbc = new JdbcTemplate(source);
    var transactions = new TransactionTemplate(new DataSourceTransactionManager(source));
    sessions = new JdbcIndexedSessionRepository(jdbc, transactions);
    table = request.has("table") ? request.get("table").getAsString() : JdbcIndexedSessionRepository.DEFAULT_TABLE_NAME;
    sessions.setTableName(table);
  }

  /** The library's own script, which Spring Boot runs as it is. */
  private void migrate() {
    var name = "org/springframework/session/jdbc/schema-" + (mysql ? "mysql" : "postgresql") + ".sql";
    new ResourceDatabasePopulator(new ClassPathResource(name)).execute(source);
  }

  /** An id of the library's form, and the same in each process. */
  private static String idOf(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private <S extends Session> String save(SessionRepository<S> repository, JsonObject request) {
    var name = request.get("id").getAsString();
    sessions.setSessionIdGenerator(() -> idOf(name));
    var session = repository.createSession();
    session.setLastAccessedTime(Instant.now().minusMillis(millis(request.get("agoSeconds"))));
    var lifetime = request.get("lifetimeSeconds");
    session.setMaxInactiveInterval(lifetime.isJsonNull() ? Duration.ofSeconds(-1) : Duration.ofMillis(millis(lifetime)));
    session.setAttribute("id", name);
    session.setAttribute("cart", new String[] {"tea", "cups"});
    repository.save(session);
    var key = "SELECT PRIMARY_ID FROM " + table + " WHERE SESSION_ID = ?";
    return jdbc.queryForObject(key, String.class, session.getId());
  }

  private static long millis(JsonElement seconds) {
    return Math.round(seconds.getAsDouble() * 1000);
  }

  private JsonArray live(JsonArray names) {
    var found = new JsonArray();
    for (var name : names) {
      Session session = ((SessionRepository<? extends Session>) sessions).findById(idOf(name.getAsString()));
      if (session != null && name.getAsString().equals(session.getAttribute("id"))) found.add(name);
    }
    return found;
  }

  private void close() {
    if (source != null) source.destroy();
    source = null;
  }
}
