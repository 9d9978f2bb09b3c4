<?php

declare(strict_types=1);

use CodeIgniter\Database\Config as Connections;
use CodeIgniter\Session\Handlers\DatabaseHandler;
use Config\App;

require_once __DIR__ . '/../codeigniter4.php';
require_once __DIR__ . '/../stand-in.php';

final class CodeIgniterDatabase extends CodeIgniter
{
    private readonly Database $database;
    private readonly PDO $pdo;

    public function __construct(Place $place)
    {
        parent::__construct($place);
        $this->database = new Database($place->url);
        $this->pdo = $this->database->connect();
    }

    /** Users copy the table from the user guide. */
    public function migrate(): bool
    {
        if (!$this->matchesAddress()) {
            return false;
        }
        $table = $this->table();
        $this->pdo->exec("CREATE TABLE $table (id varchar(128) NOT NULL, ip_address inet NOT NULL, timestamp timestamptz
            DEFAULT CURRENT_TIMESTAMP NOT NULL, data bytea DEFAULT '' NOT NULL, PRIMARY KEY (id, ip_address))");
        $this->pdo->exec("CREATE INDEX {$table}_timestamp ON $table (timestamp)");
        return true;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $this->write($id);
        // The time is the server's now(), which cannot be set back.
        $this->pdo->prepare("UPDATE {$this->table()} SET timestamp = now() - make_interval(secs => ?) WHERE id = ?")
            ->execute([$agoSeconds, $this->keyOf($id)]);
        return $this->keyOf($id);
    }

    public function close(): void
    {
        foreach (Connections::getConnections() as $connection) {
            $connection->close();
        }
    }

    protected function handler(App $config): SessionHandlerInterface
    {
        $config->sessionDBGroup = [
            'DSN' => '', 'DBDriver' => 'Postgre', 'DBPrefix' => '', 'DBDebug' => true, 'schema' => 'public',
            'hostname' => $this->database->host, 'port' => $this->database->port,
            'username' => $this->database->user, 'password' => $this->database->password,
            'database' => $this->database->name, 'charset' => 'utf8', 'pConnect' => false,
        ];
        return new DatabaseHandler($config, '192.0.2.7');
    }
}

// In MySQL, 4.1.3 saves every session with the time 0000-00-00; later versions save as this does.
$inMysql = static fn (Place $place): Library => new StandIn(
    $place,
    table: 'ci_sessions',
    tables: ['mysql' => 'CREATE TABLE %s (
        id varchar(128) NOT NULL,
        ip_address varchar(45) NOT NULL,
        timestamp timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
        data blob NOT NULL,
        PRIMARY KEY (id, ip_address),
        KEY ci_sessions_timestamp (timestamp)
    )'],
    key: 'id',
    data: 'data',
    time: 'timestamp',
    isExpiry: false,
    since1970: 'from_unixtime(?)',
    others: ['ip_address' => '192.0.2.7'],
);

return static fn (Place $place): Library =>
    (new Database($place->url))->isPostgres ? new CodeIgniterDatabase($place) : $inMysql($place);
