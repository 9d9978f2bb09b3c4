<?php

declare(strict_types=1);

/** Where the sessions are. */
final class Place
{
    public function __construct(
        public readonly string $url,
        public readonly string $folder,
        public readonly string $table,
        public readonly string $variant,
    ) {
    }
}

/** A session library, opened on one place. A method that returns false says that the library cannot do it. */
abstract class Library
{
    /** Makes the table or the folder as the library, or its migration, does. */
    abstract public function migrate(): bool;

    /** Saves a session that contains its id; the key that is stored. The clock is set back where a library lets it. */
    abstract public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string;

    /** True if the library loads the session with its data. */
    abstract public function isLive(string $id, int $lifetimeSeconds): bool;

    /** The library's own clean-up. */
    abstract public function clean(int $lifetimeSeconds): bool;

    /** Ends the connections that do not end with this object. */
    public function close(): void
    {
    }

    /** 40 characters that every PHP library takes as a session's id. */
    final protected function keyOf(string $id): string
    {
        return sha1($id);
    }
}

/** Loads the classes of a namespace from a folder whose files are named after them. */
function autoload(string $namespace, string ...$folders): void
{
    spl_autoload_register(static function (string $class) use ($namespace, $folders): void {
        if (!str_starts_with($class, $namespace)) {
            return;
        }
        $name = strtr(substr($class, strlen($namespace)), '\\', '/');
        foreach ($folders as $folder) {
            if (is_file("$folder/$name.php")) {
                require_once "$folder/$name.php";
                return;
            }
        }
    });
}
