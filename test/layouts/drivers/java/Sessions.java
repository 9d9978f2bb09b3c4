import java.time.Duration;

/** A session library on one database. */
interface Sessions {
  /** Makes the library's table; false where its users write the DDL. */
  boolean migrate() throws Exception;

  /**
   * Saves a session as the library would have done some time ago.
   *
   * @param lifetime negative for a session that does not end
   * @return the key as stored
   */
  String save(String name, Duration ago, Duration lifetime) throws Exception;

  /** True if the library still loads the session, with its data. */
  boolean isLive(String name) throws Exception;

  /** The library's own clean-up, once. */
  void clean() throws Exception;
}
