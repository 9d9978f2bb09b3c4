<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'session',
    tables: ['mysql' => 'CREATE TABLE %s (
        session_id varchar(255) NOT NULL PRIMARY KEY,
        session_expires int unsigned NOT NULL DEFAULT 0,
        session_data mediumblob NOT NULL
    )'],
    key: 'session_id',
    data: 'session_data',
    // The time of the last save, in spite of its name.
    time: 'session_expires',
    isExpiry: false,
);
