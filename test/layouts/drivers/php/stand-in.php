<?php

declare(strict_types=1);

/**
 * Rows as a library writes them, for one that no package has here: its documented table, and the three statements that
 * its source has about the time.
 */
final class StandIn extends Library
{
    private readonly PDO $pdo;
    private readonly string $table;

    /**
     * @param array<string, string> $tables CREATE TABLE of `pgsql` and `mysql`, with the name of the table as %s
     * @param string $time the column with the time, `+` the lifetime where it holds the session's end
     * @param array<string, mixed> $others values of the columns that must have one
     */
    public function __construct(
        private readonly Place $place,
        string $table,
        private readonly array $tables,
        private readonly string $key,
        private readonly string $data,
        private readonly string $time,
        private readonly bool $isExpiry,
        private readonly bool $readChecks = false,
        private readonly string $since1970 = '?',
        private readonly array $others = [],
    ) {
        $this->pdo = (new Database($place->url))->connect();
        $this->table = $place->table ?: $table;
    }

    public function migrate(): bool
    {
        $sql = $this->tables[$this->pdo->getAttribute(PDO::ATTR_DRIVER_NAME)];
        foreach (explode(';', sprintf(str_replace('%s', '%1$s', $sql), $this->table)) as $statement) {
            $this->pdo->exec($statement);
        }
        return true;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        // The columns of 32 characters hold no more.
        $row = [$this->key => md5($id), $this->data => $id] + $this->others;
        $columns = implode(', ', [...array_keys($row), $this->time]);
        $values = implode(', ', [...array_fill(0, count($row), '?'), $this->since1970]);
        $time = time() - $agoSeconds + ($this->isExpiry ? $lifetimeSeconds : 0);
        $this->pdo->prepare("INSERT INTO $this->table ($columns) VALUES ($values)")
            ->execute([...array_values($row), $time]);
        return md5($id);
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        $checked = $this->readChecks ? " AND $this->time > $this->since1970" : '';
        $found = $this->pdo->prepare("SELECT 1 FROM $this->table WHERE $this->key = ?$checked");
        $found->execute([md5($id), ...($this->readChecks ? [$this->cutoff($lifetimeSeconds)] : [])]);
        return $found->fetchColumn() !== false;
    }

    public function clean(int $lifetimeSeconds): bool
    {
        $this->pdo->prepare("DELETE FROM $this->table WHERE $this->time < $this->since1970")
            ->execute([$this->cutoff($lifetimeSeconds)]);
        return true;
    }

    private function cutoff(int $lifetimeSeconds): int
    {
        return time() - ($this->isExpiry ? 0 : $lifetimeSeconds);
    }
}
