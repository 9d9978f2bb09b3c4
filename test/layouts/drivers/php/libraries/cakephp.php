<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'sessions',
    tables: [
        'pgsql' => 'CREATE TABLE %s (id char(40) NOT NULL, data bytea, expires integer, PRIMARY KEY (id))',
        'mysql' => 'CREATE TABLE %s (
            id char(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            created datetime DEFAULT CURRENT_TIMESTAMP,
            modified datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
            data blob DEFAULT NULL,
            expires int unsigned DEFAULT NULL,
            PRIMARY KEY (id)
        ) DEFAULT CHARSET=utf8mb4',
    ],
    key: 'id',
    data: 'data',
    time: 'expires',
    isExpiry: true,
);
