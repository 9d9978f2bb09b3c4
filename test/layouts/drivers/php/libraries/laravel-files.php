<?php

declare(strict_types=1);

use Illuminate\Filesystem\Filesystem;
use Illuminate\Session\FileSessionHandler;

require_once __DIR__ . '/../laravel.php';

final class LaravelFiles extends Laravel
{
    public function __construct(private readonly Place $place)
    {
    }

    /** The skeleton comes with the folder and this file. */
    public function migrate(): bool
    {
        is_dir($this->place->folder) || mkdir($this->place->folder, 0777, true);
        file_put_contents("{$this->place->folder}/.gitignore", "*\n!.gitignore\n");
        return true;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $key = parent::save($id, $agoSeconds, $lifetimeSeconds);
        // The file system's clock cannot be set back.
        touch("{$this->place->folder}/$key", time() - $agoSeconds);
        return $key;
    }

    protected function handler(int $minutes): SessionHandlerInterface
    {
        clearstatcache();
        return new FileSessionHandler(new Filesystem(), $this->place->folder, $minutes);
    }
}

return static fn (Place $place): Library => new LaravelFiles($place);
