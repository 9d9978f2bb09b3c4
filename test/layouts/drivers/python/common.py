"""Shared by the libraries."""

import os
import time
from hashlib import md5
from urllib.parse import unquote, urlsplit

import time_machine

ZONE = os.environ.get("TZ", "UTC")


def ago(seconds):
    """The process' clock is set back inside of `with`."""
    return time_machine.travel(time.time() - seconds)


def set_mtime(path, ago_seconds):
    """The file system's clock cannot be set back."""
    then = time.time() - ago_seconds
    os.utime(path, (then, then))


def key_of(session_id):
    """32 letters and digits, as Django's own keys are."""
    return md5(session_id.encode()).hexdigest()


def server_of(url):
    """A database's address in parts; only the engine's name is Django's or SQLAlchemy's own."""
    parts = urlsplit(url)
    return {
        "scheme": parts.scheme,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": parts.hostname,
        "port": parts.port,
        "database": parts.path.lstrip("/"),
    }


def sqlalchemy_url(url):
    from sqlalchemy import URL

    server = server_of(url)
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[server["scheme"]]
    names = {key: server[key] for key in ("password", "host", "port", "database")}
    return URL.create(driver, username=server["user"], **names)
