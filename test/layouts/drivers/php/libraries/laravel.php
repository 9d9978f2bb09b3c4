<?php

declare(strict_types=1);

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Connection;
use Illuminate\Session\DatabaseSessionHandler;
use Illuminate\Support\Facades\Facade;

require_once __DIR__ . '/../laravel.php';

final class LaravelDatabase extends Laravel
{
    private readonly Manager $manager;
    private readonly string $table;

    public function __construct(Place $place)
    {
        $database = new Database($place->url);
        $this->table = $place->table ?: 'sessions';
        $this->manager = new Manager();
        // As config/database.php of the skeleton.
        $this->manager->addConnection([
            'host' => $database->host,
            'port' => $database->port,
            'database' => $database->name,
            'username' => $database->user,
            'password' => $database->password,
            'prefix' => '',
        ] + ($database->isPostgres
            ? ['driver' => 'pgsql', 'charset' => 'utf8', 'search_path' => 'public']
            : ['driver' => 'mysql', 'charset' => 'utf8mb4', 'collation' => 'utf8mb4_unicode_ci', 'strict' => true]));
    }

    /** Runs the migration that `php artisan session:table` writes, with the name of the table. */
    public function migrate(): bool
    {
        $container = new Container();
        $container->instance('db.schema', $this->connection()->getSchemaBuilder());
        Facade::setFacadeApplication($container);
        $stub = stream_resolve_include_path('Illuminate/Session/Console/stubs/database.stub');
        $file = tempnam(sys_get_temp_dir(), 'migration');
        file_put_contents($file, str_replace("'sessions'", var_export($this->table, true), file_get_contents($stub)));
        try {
            (require $file)->up();
        } finally {
            unlink($file);
        }
        return true;
    }

    public function close(): void
    {
        $this->connection()->disconnect();
    }

    protected function handler(int $minutes): SessionHandlerInterface
    {
        return new DatabaseSessionHandler($this->connection(), $this->table, $minutes);
    }

    private function connection(): Connection
    {
        return $this->manager->getConnection();
    }
}

return static fn (Place $place): Library => new LaravelDatabase($place);
