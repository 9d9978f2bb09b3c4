<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'session',
    tables: [
        'pgsql' => 'CREATE TABLE %s (id CHAR(40) NOT NULL PRIMARY KEY, expire INTEGER, data BYTEA)',
        'mysql' => 'CREATE TABLE %s (id CHAR(40) NOT NULL PRIMARY KEY, expire INTEGER, data LONGBLOB)',
    ],
    key: 'id',
    data: 'data',
    time: 'expire',
    isExpiry: true,
    readChecks: true,
);
