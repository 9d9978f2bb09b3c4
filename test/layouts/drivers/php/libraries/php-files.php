<?php

declare(strict_types=1);

/** PHP's own `files` handler. The variant is the depth of its folders: session.save_path = "N;/folder". */
final class PhpFiles extends Library
{
    private readonly int $depth;

    public function __construct(private readonly Place $place)
    {
        $this->depth = (int) $place->variant;
    }

    public function migrate(): bool
    {
        return false;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $key = $this->keyOf($id);
        $name = implode('/', [...array_slice(str_split($key), 0, $this->depth), "sess_$key"]);
        // PHP makes no folders; its source comes with a script that makes all of them.
        is_dir(dirname("{$this->place->folder}/$name")) || mkdir(dirname("{$this->place->folder}/$name"), 0777, true);
        $this->start($key, $lifetimeSeconds);
        $_SESSION['id'] = $id;
        session_write_close();
        // The file system's clock cannot be set back.
        touch("{$this->place->folder}/$name", time() - $agoSeconds);
        return $name;
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        $key = $this->keyOf($id);
        $below = $this->depth > 0 ? str_repeat('*/', $this->depth) : '';
        // session_start() would make the file.
        if (glob("{$this->place->folder}/{$below}sess_$key") === []) {
            return false;
        }
        $this->start($key, $lifetimeSeconds, ['read_and_close' => true]);
        return ($_SESSION['id'] ?? null) === $id;
    }

    /** session_gc() passes over the folders of a greater depth. */
    public function clean(int $lifetimeSeconds): bool
    {
        if ($this->depth > 0) {
            return false;
        }
        $this->start(session_create_id(), $lifetimeSeconds);
        session_gc();
        session_destroy();
        return true;
    }

    private function start(string $key, int $lifetimeSeconds, array $options = []): void
    {
        $_SESSION = [];
        session_save_path($this->depth > 0 ? "$this->depth;{$this->place->folder}" : $this->place->folder);
        session_id($key);
        session_start($options + [
            'save_handler' => 'files',
            'use_cookies' => false,
            'cache_limiter' => '',
            'gc_probability' => 0,
            'gc_maxlifetime' => max($lifetimeSeconds, 1),
        ]);
    }
}

return static fn (Place $place): Library => new PhpFiles($place);
