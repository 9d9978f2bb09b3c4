import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardEngine;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.session.DataSourceStore;
import org.apache.catalina.session.PersistentManager;
import org.apache.catalina.session.StandardSession;

/** Tomcat's DataSourceStore, with the table of its manual. */
final class TomcatSessions implements Sessions {
  private final PersistentManager manager = new PersistentManager();
  private final Store store;

  TomcatSessions(DataSource source, String table) throws LifecycleException {
    manager.setContext(context());
    store = new Store(source);
    store.setManager(manager);
    store.setSessionTable(table == null ? "tomcat_sessions" : table);
    store.setSessionIdCol("session_id");
    store.setSessionValidCol("valid_session");
    store.setSessionMaxInactiveCol("max_inactive");
    store.setSessionLastAccessedCol("last_access");
    store.setSessionAppCol("app_name");
    store.setSessionDataCol("session_data");
    manager.setStore(store);
    // A store that is not started cleans nothing.
    store.start();
  }

  /** Takes the database from here instead of a directory of names. */
  private static final class Store extends DataSourceStore {
    Store(DataSource source) {
      dataSource = source;
    }
  }

  private static Context context() {
    var engine = new StandardEngine();
    engine.setName("Catalina");
    var host = new StandardHost();
    host.setName("localhost");
    engine.addChild(host);
    var context = new StandardContext();
    context.setName("/shop");
    context.setPath("/shop");
    host.addChild(context);
    return context;
  }

  @Override
  public boolean migrate() {
    return false;
  }

  /** The session is told valid while it is saved: Tomcat would never save one that has ended. */
  @Override
  public String save(String name, Duration ago, Duration lifetime) throws Exception {
    var session =
        new StandardSession(manager) {
          @Override
          public boolean isValid() {
            return true;
          }
        };
    session.setValid(true);
    session.setCreationTime(System.currentTimeMillis() - ago.toMillis());
    session.setMaxInactiveInterval((int) lifetime.toSeconds());
    session.setId(idOf(name), false);
    session.setAttribute("id", name);
    store.save(session);
    // From memory alone.
    manager.removeSuper(session);
    return idOf(name);
  }

  /** Reads as Tomcat does for a request: a session that has ended is not used. */
  @Override
  public boolean isLive(String name) throws Exception {
    var session = (StandardSession) store.load(idOf(name));
    return session != null && session.isValid() && name.equals(session.getAttribute("id"));
  }

  @Override
  public void clean() {
    store.processExpires();
  }

  /** 32 digits, as Tomcat's own ids, and the same in each process. */
  private static String idOf(String name) {
    var id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    return id.replace("-", "").toUpperCase();
  }
}
