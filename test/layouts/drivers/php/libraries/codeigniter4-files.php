<?php

declare(strict_types=1);

use CodeIgniter\Session\Handlers\FileHandler;
use Config\App;

require_once __DIR__ . '/../codeigniter4.php';

final class CodeIgniterFiles extends CodeIgniter
{
    public function migrate(): bool
    {
        return false;
    }

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        $this->write($id);
        $address = $this->matchesAddress() ? md5('192.0.2.7') : '';
        $name = self::COOKIE . $address . $this->keyOf($id);
        // The file system's clock cannot be set back.
        touch("{$this->place->folder}/$name", time() - $agoSeconds);
        return $name;
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        // A read makes the file.
        return glob("{$this->place->folder}/*{$this->keyOf($id)}") !== [] && parent::isLive($id, $lifetimeSeconds);
    }

    protected function handler(App $config): SessionHandlerInterface
    {
        return new FileHandler($config, '192.0.2.7');
    }
}

return static fn (Place $place): Library => new CodeIgniterFiles($place);
