<?php

declare(strict_types=1);

// Drives the PHP session libraries: a JSON request a line on stdin, its answer on stdout. PHP_ROOT is the folder with
// the libraries; each file in libraries/ returns what makes the driver of one library.

set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    // Deprecations are the business of the libraries' authors.
    if (($level & error_reporting() & ~(E_DEPRECATED | E_USER_DEPRECATED)) === 0) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});
date_default_timezone_set(getenv('TZ') ?: 'UTC');

require __DIR__ . '/clock.php';
require __DIR__ . '/library.php';
require __DIR__ . '/database.php';

function answer(?Library &$library, object $request): array
{
    if ($request->op === 'open') {
        $library?->close();
        [$name, $variant] = explode('/', $request->library, 2) + [1 => ''];
        static $makers = [];
        $makers[$name] ??= require __DIR__ . "/libraries/$name.php";
        $library = $makers[$name](new Place($request->url ?? '', $request->folder ?? '', $request->table ?? '', $variant));
        return ['ok' => true];
    }
    if ($request->op === 'close') {
        $library?->close();
        $library = null;
        // Connections end with the last reference to them.
        gc_collect_cycles();
        return ['ok' => true];
    }
    if ($library === null) {
        throw new RuntimeException("Expected open before $request->op");
    }
    if ($request->op === 'save' && $request->lifetimeSeconds === null) {
        // Every session of these libraries has a lifetime.
        return done(false);
    }
    return perform($library, $request, $request->lifetimeSeconds ?? 0);
}

function perform(Library $library, object $request, int $lifetime): array
{
    return match ($request->op) {
        'migrate' => done($library->migrate()),
        'save' => ['ok' => true, 'key' => at(
            $request->agoSeconds,
            static fn (): string => $library->save($request->id, $request->agoSeconds, $lifetime),
        )],
        'live' => ['ok' => true, 'ids' => array_values(array_filter(
            $request->ids,
            static fn (string $id): bool => $library->isLive($id, $lifetime),
        ))],
        'clean' => done($library->clean($lifetime)),
    };
}

/** The answer of what a library may not have. */
function done(bool $supported): array
{
    return $supported ? ['ok' => true] : ['ok' => false, 'unsupported' => true];
}

$library = null;
while (($line = fgets(STDIN)) !== false) {
    try {
        $answer = answer($library, json_decode($line, false, 512, JSON_THROW_ON_ERROR));
    } catch (Throwable $error) {
        fwrite(STDERR, "$error\n");
        $answer = ['ok' => false, 'error' => $error::class . ': ' . $error->getMessage()];
    }
    fwrite(STDOUT, json_encode($answer, JSON_THROW_ON_ERROR) . "\n");
}
