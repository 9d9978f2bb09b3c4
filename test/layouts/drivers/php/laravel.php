<?php

declare(strict_types=1);

use Carbon\Carbon;
use Illuminate\Session\Store;

// Debian's autoloaders load each other by paths relative to the include path.
require_once 'Illuminate/Database/autoload.php';
require_once 'Illuminate/Session/autoload.php';

/** Laravel's session store with one of its handlers; its clock is Carbon's. */
abstract class Laravel extends Library
{
    /** The handler for a lifetime that SESSION_LIFETIME gives in minutes. */
    abstract protected function handler(int $minutes): SessionHandlerInterface;

    public function save(string $id, int $agoSeconds, int $lifetimeSeconds): string
    {
        Carbon::setTestNow(Carbon::now()->subSeconds($agoSeconds));
        try {
            $session = $this->session($id, $lifetimeSeconds);
            $session->put('id', $id);
            $session->save();
        } finally {
            Carbon::setTestNow();
        }
        return $this->keyOf($id);
    }

    public function isLive(string $id, int $lifetimeSeconds): bool
    {
        return $this->session($id, $lifetimeSeconds)->get('id') === $id;
    }

    /** What the lottery of StartSession does to two requests of a hundred. */
    public function clean(int $lifetimeSeconds): bool
    {
        $this->handler(intdiv($lifetimeSeconds, 60))->gc($lifetimeSeconds);
        return true;
    }

    private function session(string $id, int $lifetimeSeconds): Store
    {
        $handler = $this->handler(intdiv($lifetimeSeconds, 60));
        $session = new Store('laravel_session', $handler, $this->keyOf($id));
        $session->start();
        return $session;
    }
}
