<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'sessions',
    tables: [
        'pgsql' => 'CREATE TABLE %s (
            uid bigint NOT NULL CHECK (uid >= 0),
            sid varchar(128) NOT NULL PRIMARY KEY,
            hostname varchar(128) NOT NULL DEFAULT \'\',
            timestamp bigint NOT NULL DEFAULT 0,
            session bytea
        ); CREATE INDEX %s__timestamp__idx ON %s (timestamp)',
        'mysql' => 'CREATE TABLE %s (
            uid int unsigned NOT NULL,
            sid varchar(128) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL PRIMARY KEY,
            hostname varchar(128) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT \'\',
            timestamp bigint NOT NULL DEFAULT 0,
            session longblob,
            KEY timestamp (timestamp)
        )',
    ],
    key: 'sid',
    data: 'session',
    time: 'timestamp',
    isExpiry: false,
    others: ['uid' => 0],
);
