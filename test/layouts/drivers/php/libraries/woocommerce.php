<?php

declare(strict_types=1);

require_once __DIR__ . '/../stand-in.php';

return static fn (Place $place): Library => new StandIn(
    $place,
    table: 'wp_woocommerce_sessions',
    tables: ['mysql' => 'CREATE TABLE %s (
        session_id bigint unsigned NOT NULL AUTO_INCREMENT,
        session_key char(32) NOT NULL,
        session_value longtext NOT NULL,
        session_expiry bigint unsigned NOT NULL,
        PRIMARY KEY (session_id),
        UNIQUE KEY session_key (session_key)
    )'],
    key: 'session_key',
    data: 'session_value',
    time: 'session_expiry',
    isExpiry: true,
);
