<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'jos_session',
    tables: [
        'pgsql' => 'CREATE TABLE %s (
            session_id bytea NOT NULL PRIMARY KEY,
            client_id smallint,
            guest smallint DEFAULT 1,
            time integer DEFAULT 0 NOT NULL,
            data text,
            userid bigint DEFAULT 0,
            username varchar(150) DEFAULT \'\'
        ); CREATE INDEX %s_time ON %s (time)',
        'mysql' => 'CREATE TABLE %s (
            session_id varbinary(192) NOT NULL PRIMARY KEY,
            client_id tinyint unsigned,
            guest tinyint unsigned DEFAULT 1,
            time int NOT NULL DEFAULT 0,
            data mediumtext,
            userid int DEFAULT 0,
            username varchar(150) DEFAULT \'\',
            KEY time (time)
        )',
    ],
    key: 'session_id',
    data: 'data',
    time: 'time',
    isExpiry: false,
);
