//! Drives tower-sessions-sqlx-store: JSON requests on standard input, one answer for each on standard output.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, Write};

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::{ExpiredDeletion, SessionStore};
use tower_sessions_sqlx_store::sqlx::{MySqlPool, PgPool};
use tower_sessions_sqlx_store::{MySqlStore, PostgresStore};

type Failure = Box<dyn std::error::Error>;

enum Store {
    Postgres(PostgresStore, PgPool),
    Mysql(MySqlStore, MySqlPool),
}

impl Store {
    /// `table` may begin with the name of a schema; without one it is in the schema where set-up puts it.
    async fn open(request: &Value) -> Result<Store, Failure> {
        let url = text(request, "url")?;
        let named = request["table"]
            .as_str()
            .map(|table| table.split_once('.').unwrap_or(("", table)));
        if url.starts_with("mysql") {
            let pool = MySqlPool::connect(url).await?;
            // MySQL's schema is the database.
            let database = url
                .rsplit('/')
                .next()
                .unwrap_or("")
                .split('?')
                .next()
                .unwrap_or("");
            let mut store = MySqlStore::new(pool.clone()).with_schema_name(database)?;
            if let Some((_, table)) = named {
                store = store.with_table_name(table)?;
            }
            return Ok(Store::Mysql(store, pool));
        }
        let pool = PgPool::connect(url).await?;
        let mut store = PostgresStore::new(pool.clone());
        if let Some((schema, table)) = named {
            let schema = if schema.is_empty() { "public" } else { schema };
            store = store.with_schema_name(schema)?.with_table_name(table)?;
        }
        Ok(Store::Postgres(store, pool))
    }

    async fn migrate(&self) -> Result<(), Failure> {
        match self {
            Store::Postgres(store, _) => store.migrate().await?,
            Store::Mysql(store, _) => store.migrate().await?,
        }
        Ok(())
    }

    fn sessions(&self) -> &dyn SessionStore {
        match self {
            Store::Postgres(store, _) => store,
            Store::Mysql(store, _) => store,
        }
    }

    async fn clean(&self) -> Result<(), Failure> {
        match self {
            Store::Postgres(store, _) => store.delete_expired().await?,
            Store::Mysql(store, _) => store.delete_expired().await?,
        }
        Ok(())
    }

    async fn close(self) {
        match self {
            Store::Postgres(_, pool) => pool.close().await,
            Store::Mysql(_, pool) => pool.close().await,
        }
    }
}

/// The library's ids are numbers of 128 bits; the same for each process.
fn id_of(name: &str) -> Id {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, name).hash(&mut hasher);
        hasher.finish() as i128
    };
    Id((half(0) << 64) | half(1))
}

async fn save(store: &Store, request: &Value) -> Result<Value, Failure> {
    let Some(lifetime) = request["lifetimeSeconds"].as_f64() else {
        return Ok(json!({"ok": false, "unsupported": true}));
    };
    let name = text(request, "id")?;
    let ago = request["agoSeconds"].as_f64().unwrap_or(0.0);
    let id = id_of(name);
    let record = Record {
        id,
        data: [("id".to_string(), json!(name))].into(),
        expiry_date: OffsetDateTime::now_utc() + Duration::seconds_f64(lifetime - ago),
    };
    store.sessions().save(&record).await?;
    Ok(json!({"ok": true, "key": id.to_string()}))
}

async fn live(store: &Store, request: &Value) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for name in request["ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let record = store.sessions().load(&id_of(name)).await?;
        if record.is_some_and(|record| record.data.get("id") == Some(&json!(name))) {
            found.push(name);
        }
    }
    Ok(json!({"ok": true, "ids": found}))
}

fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, Failure> {
    request[name]
        .as_str()
        .ok_or_else(|| format!("expected {name} in the request").into())
}

async fn answer(open: &mut Option<Store>, request: &Value) -> Result<Value, Failure> {
    let op = text(request, "op")?;
    if op == "open" || op == "close" {
        if let Some(store) = open.take() {
            store.close().await;
        }
        if op == "open" {
            *open = Some(Store::open(request).await?);
        }
        return Ok(json!({"ok": true}));
    }
    let store = open.as_ref().ok_or("expected `open` first")?;
    match op {
        "migrate" => store.migrate().await?,
        "save" => return save(store, request).await,
        "live" => return live(store, request).await,
        "clean" => store.clean().await?,
        _ => return Err(format!("unknown request {op}").into()),
    }
    Ok(json!({"ok": true}))
}

fn main() -> Result<(), Failure> {
    // A thread of its own lets the pool close connections while this one waits for a request.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let mut open = None;
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = runtime
            .block_on(answer(&mut open, &request))
            .unwrap_or_else(|error| json!({"ok": false, "error": error.to_string()}));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
