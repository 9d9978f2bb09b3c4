<?php

declare(strict_types=1);

(static function (): void {
    $root = getenv('PHP_ROOT');
    define('RCUBE_INSTALL_PATH', "$root/usr/share/roundcube/");
    define('RCUBE_CONFIG_DIR', "$root/etc/roundcube/");
    require RCUBE_INSTALL_PATH . 'program/lib/Roundcube/bootstrap.php';
})();

final class Roundcube extends Library
{
    private readonly rcube_db $database;
    private readonly string $table;

    public function __construct(Place $place)
    {
        $this->table = $place->table ?: 'session';
        $rcube = rcube::get_instance(0);
        $rcube->config->set('db_dsnw', preg_replace('/^postgresql:/', 'pgsql:', $place->url));
        $rcube->config->set('db_table_session', $this->table);
        $rcube->config->set('log_dir', sys_get_temp_dir());
        $rcube->db = null;
        $this->database = $rcube->get_dbh();
        if (str_starts_with($place->url, 'mysql')) {
            // The zone of the application's machine, which is the server's on most of them.
            $this->database->query("SET time_zone = '" . date('P') . "'");
        }
    }

    /** The table of Roundcube's own SQL, out of all. */
    public function migrate(): bool
    {
        $sql = file_get_contents(RCUBE_INSTALL_PATH . "SQL/{$this->database->db_provider}.initial.sql");
        preg_match_all('/^CREATE (?:TABLE ["`]session["`]|INDEX session_)[^;]*;/m', $sql, $statements);
        foreach ($statements[0] as $statement) {
            $this->database->query($statement);
        }
        return true;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $session = $this->session($lifetimeSeconds);
        $key = $this->keyOf($id);
        $data = 'id|s:' . strlen($id) . ":\"$id\";";
        $before = $session->read($key);
        $before === '' ? $session->write($key, $data) : $session->update($key, $data, $before);
        // The time is the server's NOW(), which cannot be set back.
        $this->database->query("UPDATE $this->table SET changed = {$this->database->now(-$agoSeconds)} WHERE sess_id = ?", $key);
        return $key;
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        return str_contains($this->session($lifetimeSeconds)->read($this->keyOf($id)), "\"$id\"");
    }

    public function clean(int $lifetimeSeconds): bool
    {
        $session = $this->session($lifetimeSeconds);
        $session->gc($lifetimeSeconds);
        $session->gc_db();
        return true;
    }

    public function close(): void
    {
        $this->database->closeConnection();
    }

    private function session(int $lifetimeSeconds): rcube_session_db
    {
        $session = new rcube_session_db(rcube::get_instance()->config);
        $session->set_lifetime($lifetimeSeconds);
        return $session;
    }
}

return static fn (Place $place): Library => new Roundcube($place);
