"""Drives Python's session libraries: one request a line on stdin, its answer on stdout, both JSON."""

import json
import os
import sys
from importlib import import_module

# Each with its module and class; a module is loaded when its first library is opened.
LIBRARIES = {
    "django": ("django_sessions", "Database"),
    "django/naive": ("django_sessions", "NaiveDatabase"),
    "django/user-sessions": ("django_sessions", "UserSessions"),
    "django-files": ("django_files", "Files"),
    "django-files/expiry": ("django_files", "FilesWithExpiry"),
    "django-files/naive": ("django_files", "NaiveFilesWithExpiry"),
    "flask-session": ("flask_sessions", "Sqlalchemy"),
    "flask-cachelib": ("flask_sessions", "Cachelib"),
    "flask-cachelib/small": ("flask_sessions", "SmallCachelib"),
    "flask-cachelib/md5": ("flask_sessions", "OldCachelib"),
    "beaker": ("beaker_sessions", "Database"),
    "litestar": ("litestar_sessions", "SessionTable"),
    "litestar/store": ("litestar_sessions", "StoreTable"),
}

library = None


def open_library(request):
    close_library()
    global library
    module, name = LIBRARIES[request["library"]]
    options = {"table": request["table"]} if request.get("table") else {}
    library = getattr(import_module(module), name)(request.get("url") or request["folder"], **options)


def close_library(_request=None):
    global library
    if library:
        library.close()
    library = None


def migrate(_request):
    library.migrate()


def save(request):
    return {"key": library.save(request["id"], request["agoSeconds"], request["lifetimeSeconds"])}


def live(request):
    return {"ids": [one for one in request["ids"] if library.loads(one, request["lifetimeSeconds"])]}


def clean(request):
    library.clean(request["lifetimeSeconds"])


OPERATIONS = {
    "open": open_library,
    "migrate": migrate,
    "save": save,
    "live": live,
    "clean": clean,
    "close": close_library,
}


def answer(line):
    try:
        request = json.loads(line)
        return {"ok": True, **(OPERATIONS[request["op"]](request) or {})}
    except NotImplementedError:
        return {"ok": False, "unsupported": True}
    except Exception as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


# Answers alone go to stdout, whatever a library prints.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    print(json.dumps(answer(line)), file=answers, flush=True)
close_library()
