import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.jdbc.JdbcIndexedSessionRepository;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring Session JDBC. */
final class SpringSessions implements Sessions {
  private final DataSource source;
  private final JdbcTemplate jdbc;
  private final JdbcIndexedSessionRepository repository;
  private final String table;
  private final boolean mysql;

  SpringSessions(DataSource source, boolean mysql, String table) {
    this.source = source;
    this.mysql = mysql;
    this.table = table == null ? JdbcIndexedSessionRepository.DEFAULT_TABLE_NAME : table;
    jdbc = new JdbcTemplate(source);
    repository = new JdbcIndexedSessionRepository(jdbc, new TransactionTemplate(new DataSourceTransactionManager(source)));
    repository.setTableName(this.table);
  }

  /** The library's own script, which Spring Boot runs as it is. */
  @Override
  public boolean migrate() {
    var name = "org/springframework/session/jdbc/schema-" + (mysql ? "mysql" : "postgresql") + ".sql";
    new ResourceDatabasePopulator(new ClassPathResource(name)).execute(source);
    return true;
  }

  @Override
  public String save(String name, Duration ago, Duration lifetime) {
    repository.setSessionIdGenerator(() -> idOf(name));
    return save(repository, name, Instant.now().minus(ago), lifetime);
  }

  private <S extends Session> String save(SessionRepository<S> repository, String name, Instant at, Duration lifetime) {
    var session = repository.createSession();
    session.setLastAccessedTime(at);
    session.setMaxInactiveInterval(lifetime);
    session.setAttribute("id", name);
    session.setAttribute("cart", new String[] {"tea", "cups"});
    repository.save(session);
    var key = "SELECT PRIMARY_ID FROM " + table + " WHERE SESSION_ID = ?";
    return jdbc.queryForObject(key, String.class, session.getId());
  }

  @Override
  public boolean isLive(String name) {
    Session session = ((SessionRepository<? extends Session>) repository).findById(idOf(name));
    return session != null && name.equals(session.getAttribute("id"));
  }

  @Override
  public void clean() {
    repository.cleanUpExpiredSessions();
  }

  /** An id of the library's form, and the same in each process. */
  private static String idOf(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }
}
