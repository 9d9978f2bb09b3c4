<?php

declare(strict_types=1);

use Symfony\Component\HttpFoundation\Session\Storage\Handler\PdoSessionHandler;

require_once 'Symfony/Component/HttpFoundation/autoload.php';

// Both versions serve in one process: the classes of 5.4 are loaded with another name before their namespace.
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Symfony54\\')) {
        $name = strtr(substr($class, strlen('Symfony54\\')), '\\', '/');
        $code = file_get_contents(getenv('PHP_ROOT') . "/symfony-5.4/usr/share/php/Symfony/$name.php");
        eval(substr(preg_replace('/\bSymfony\\\\/', 'Symfony54\\', $code), strlen('<?php')));
    }
});

/**
 * Symfony's PdoSessionHandler, of the newest version. Variants: `5.4`, the last one that knows the rows of 4.3 and
 * older; `durations`, the same with such rows, which hold the session's lifetime instead of its end.
 */
final class SymfonyPdo extends Library
{
    private readonly PDO $pdo;
    private readonly string $table;

    public function __construct(private readonly Place $place)
    {
        $this->pdo = (new Database($place->url))->connect();
        $this->table = $place->table ?: 'sessions';
    }

    public function migrate(): bool
    {
        $this->handler(0)->createTable();
        return true;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $key = $this->keyOf($id);
        $handler = $this->handler($lifetimeSeconds);
        $handler->open('', 'PHPSESSID');
        $handler->read($key);
        $handler->write($key, "id|s:" . strlen($id) . ":\"$id\";");
        $handler->close();
        if ($this->place->variant === 'durations') {
            // A version of before 4.4 is not to be had; its rows differ in this alone.
            $this->pdo->prepare("UPDATE $this->table SET sess_lifetime = ? WHERE sess_id = ?")
                ->execute([$lifetimeSeconds, $key]);
        }
        return $key;
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        // Without a lock: with one, a read adds a row for an unknown id.
        $handler = $this->handler($lifetimeSeconds, PdoSessionHandler::LOCK_NONE);
        $handler->open('', 'PHPSESSID');
        $data = $handler->read($this->keyOf($id));
        $handler->close();
        return str_contains($data, "\"$id\"");
    }

    public function clean(int $lifetimeSeconds): bool
    {
        $handler = $this->handler($lifetimeSeconds);
        $handler->open('', 'PHPSESSID');
        $handler->gc($lifetimeSeconds);
        $handler->close();
        return true;
    }

    private function handler(int $lifetimeSeconds, int $lock = PdoSessionHandler::LOCK_TRANSACTIONAL): object
    {
        // Version 5.4 has no `ttl` but this.
        ini_set('session.gc_maxlifetime', (string) max($lifetimeSeconds, 1));
        $class = $this->place->variant === '' ? PdoSessionHandler::class : 'Symfony54\\' . substr(PdoSessionHandler::class, 8);
        return new $class($this->pdo, ['db_table' => $this->table, 'lock_mode' => $lock]);
    }
}

return static fn (Place $place): Library => new SymfonyPdo($place);
