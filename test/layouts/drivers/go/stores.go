package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
	_ "unsafe" // For go:linkname.

	"github.com/alexedwards/scs/mysqlstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/postgresstore"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/lib/pq"
)

// The library cleans in a goroutine that does not say when it has done so. These are the functions which it calls there.

//go:linkname cleanMysql github.com/alexedwards/scs/mysqlstore.(*MySQLStore).deleteExpired
func cleanMysql(*mysqlstore.MySQLStore) error

//go:linkname cleanPostgres github.com/alexedwards/scs/postgresstore.(*PostgresStore).deleteExpired
func cleanPostgres(*postgresstore.PostgresStore) error

//go:linkname cleanPgx github.com/alexedwards/scs/pgxstore.(*PostgresStore).deleteExpired
func cleanPgx(*pgxstore.PostgresStore) error

func open(req request) (*opened, error) {
	if req.Table != "" && req.Table != "sessions" {
		return nil, fmt.Errorf("scs names its table `sessions`, got %q", req.Table)
	}
	switch {
	case strings.HasPrefix(req.URL, "mysql:"):
		return openMysql(req.URL)
	case req.Library == "scs/pgxstore":
		return openPgx(req.URL)
	default:
		return openPostgres(req.URL)
	}
}

func openPostgres(address string) (*opened, error) {
	if !strings.Contains(address, "sslmode=") {
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		address += separator + "sslmode=disable"
	}
	db, err := sql.Open("postgres", address)
	if err != nil {
		return nil, err
	}
	store := postgresstore.NewWithCleanupInterval(db, 0)
	return &opened{store, func() error { return cleanPostgres(store) }, func() { db.Close() }}, db.Ping()
}

func openPgx(address string) (*opened, error) {
	pool, err := pgxpool.New(context.Background(), address)
	if err != nil {
		return nil, err
	}
	store := pgxstore.NewWithCleanupInterval(pool, 0)
	return &opened{store, func() error { return cleanPgx(store) }, pool.Close}, pool.Ping(context.Background())
}

func openMysql(address string) (*opened, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", parsed.Host
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.DBName = strings.TrimPrefix(parsed.Path, "/")
	config.ParseTime = true
	var last error
	for _, zone := range sessionZones() {
		config.Params = map[string]string{"time_zone": "'" + zone + "'"}
		db, err := sql.Open("mysql", config.FormatDSN())
		if err != nil {
			return nil, err
		}
		if last = db.Ping(); last != nil {
			db.Close()
			continue
		}
		store := mysqlstore.NewWithCleanupInterval(db, 0)
		return &opened{store, func() error { return cleanMysql(store) }, func() { db.Close() }}, nil
	}
	return nil, last
}

// The application's zone by name, and by its offset now for a server without the tables of zones.
func sessionZones() []string {
	offset := time.Now().Format("-07:00")
	if zone := os.Getenv("TZ"); zone != "" {
		return []string{zone, offset}
	}
	return []string{offset}
}
