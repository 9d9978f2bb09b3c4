<?php

declare(strict_types=1);

/** The parts of a URL like postgresql://user:password@host:port/database. */
final class Database
{
    public readonly string $host;
    public readonly int $port;
    public readonly string $user;
    public readonly string $password;
    public readonly string $name;
    public readonly bool $isPostgres;

    public function __construct(string $url)
    {
        $parts = parse_url($url);
        $this->isPostgres = str_starts_with($parts['scheme'], 'postgres');
        $this->host = $parts['host'];
        $this->port = $parts['port'];
        $this->user = rawurldecode($parts['user']);
        $this->password = rawurldecode($parts['pass'] ?? '');
        $this->name = rawurldecode(substr($parts['path'], 1));
    }

    public function dsn(): string
    {
        $driver = $this->isPostgres ? 'pgsql' : 'mysql';
        return "$driver:host=$this->host;port=$this->port;dbname=$this->name";
    }

    public function connect(): PDO
    {
        return new PDO($this->dsn(), $this->user, $this->password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    }
}
