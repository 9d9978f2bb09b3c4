<?php

declare(strict_types=1);

use Config\App;
use Config\Autoload;
use Config\Modules;
use Config\Services;

// As system/bootstrap.php loads the framework, without the application that it starts.
(static function (): void {
    $home = getenv('PHP_ROOT') . '/node_modules/codeigniter4';
    $folders = ['APPPATH' => 'app', 'ROOTPATH' => '.', 'SYSTEMPATH' => 'system', 'WRITEPATH' => 'writable'];
    foreach ($folders as $name => $folder) {
        define($name, "$home/$folder/");
    }
    define('ENVIRONMENT', 'production');
    $files = [
        'app/Config/Constants', 'system/Common',
        'system/Config/AutoloadConfig', 'app/Config/Autoload', 'system/Modules/Modules', 'app/Config/Modules',
        'system/Autoloader/Autoloader', 'system/Config/BaseService', 'system/Config/Services', 'app/Config/Services',
    ];
    foreach ($files as $file) {
        require_once "$home/$file.php";
    }
    Services::autoloader()->initialize(new Autoload(), new Modules())->register();
})();

/** CodeIgniter 4 with one of its handlers. The variant `matchIP` ties a session to the address of its client. */
abstract class CodeIgniter extends Library
{
    protected const COOKIE = 'ci_session';

    public function __construct(protected readonly Place $place)
    {
    }

    abstract protected function handler(App $config): SessionHandlerInterface;

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        $handler = $this->open();
        $data = $handler->read($this->keyOf($id));
        $handler->close();
        return str_contains($data, "\"$id\"");
    }

    public function clean(int $lifetimeSeconds): bool
    {
        $this->open()->gc($lifetimeSeconds);
        return true;
    }

    protected function write(string $id): void
    {
        $handler = $this->open();
        $handler->read($this->keyOf($id));
        $handler->write($this->keyOf($id), 'id|s:' . strlen($id) . ":\"$id\";");
        $handler->close();
    }

    protected function matchesAddress(): bool
    {
        return $this->place->variant === 'matchIP';
    }

    private function open(): SessionHandlerInterface
    {
        $config = new App();
        $config->sessionCookieName = self::COOKIE;
        $config->sessionMatchIP = $this->matchesAddress();
        $config->sessionSavePath = $this->place->folder ?: $this->table();
        $handler = $this->handler($config);
        $handler->open($config->sessionSavePath, self::COOKIE);
        return $handler;
    }

    protected function table(): string
    {
        return $this->place->table ?: 'ci_sessions';
    }
}
