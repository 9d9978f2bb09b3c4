import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.eclipse.jetty.session.DatabaseAdaptor;
import org.eclipse.jetty.session.JDBCSessionDataStore;
import org.eclipse.jetty.session.SessionContext;

/** Jetty's JDBCSessionDataStore, which makes its table when it is started. */
final class JettySessions implements Sessions {
  private final Store store;

  JettySessions(DataSource source, String table) throws Exception {
    store = new Store(source, table);
    store.initialize(new Context());
  }

  private static final class Store extends JDBCSessionDataStore {
    Store(DataSource source, String table) {
      _dbAdaptor = new DatabaseAdaptor();
      _dbAdaptor.setDatasource(source);
      _sessionTableSchema = new SessionTableSchema();
      if (table != null) _sessionTableSchema.setTableName(table);
    }
  }

  /** One application on one node. */
  private static final class Context extends SessionContext {
    Context() {
      _workerName = "node0";
      _canonicalContextPath = "_shop";
      _vhost = "0.0.0.0";
    }

    @Override
    public void run(Runnable task) {
      task.run();
    }
  }

  @Override
  public boolean migrate() throws Exception {
    store.start();
    return true;
  }

  @Override
  public String save(String name, Duration ago, Duration lifetime) throws Exception {
    store.start();
    var at = System.currentTimeMillis() - ago.toMillis();
    var data = store.newSessionData(idOf(name), at, at, at, lifetime.toMillis());
    data.setLastNode("node0");
    data.calcAndSetExpiry(at);
    data.setAttribute("id", name);
    store.store(idOf(name), data);
    return idOf(name);
  }

  /** Reads as Jetty does for a request: its cache drops a session that has expired. */
  @Override
  public boolean isLive(String name) throws Exception {
    store.start();
    var data = store.load(idOf(name));
    return data != null && !data.isExpiredAt(System.currentTimeMillis()) && name.equals(data.getAttribute("id"));
  }

  /** Jetty leaves this statement some time for the nodes that know the sessions; it is the only one for all of them. */
  @Override
  public void clean() throws Exception {
    store.start();
    store.cleanOrphans(System.currentTimeMillis());
  }

  /** An id of Jetty's form, and the same in each process. */
  private static String idOf(String name) {
    return "node0" + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString().replace("-", "");
  }
}
