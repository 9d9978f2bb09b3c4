<?php

declare(strict_types=1);

// The libraries call time() without a backslash, so a function of that name in their namespaces is their clock.

namespace {
    /** How far the libraries' clock is behind. */
    final class Clock
    {
        public static int $agoSeconds = 0;
    }

    /** Runs with the libraries' clock set back. */
    function at(int $agoSeconds, callable $action): mixed
    {
        Clock::$agoSeconds = $agoSeconds;
        try {
            return $action();
        } finally {
            Clock::$agoSeconds = 0;
        }
    }
}

namespace Symfony\Component\HttpFoundation\Session\Storage\Handler {
    function time(): int
    {
        return \time() - \Clock::$agoSeconds;
    }
}

namespace Symfony54\Component\HttpFoundation\Session\Storage\Handler {
    function time(): int
    {
        return \time() - \Clock::$agoSeconds;
    }
}

namespace yii\web {
    function time(): int
    {
        return \time() - \Clock::$agoSeconds;
    }
}
