"""Writes the samples beside this file with the libraries of Python's driver. runtimes/python.ts sets PYTHONPATH and
OLD_CACHELIB, which this program needs too.
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from hashlib import md5

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../drivers/python"))
os.environ["TZ"] = "America/New_York"

import time_machine  # noqa: E402

SAVED = datetime(2030, 1, 1, 12, 0, tzinfo=timezone.utc).timestamp()


def folder_of(name):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    return folder


def django(name, values, expiry=None, use_tz=True):
    import django_files
    from django_sessions import settings

    backend = django_files.Files(folder_of("django-files"))
    settings.USE_TZ = use_tz
    with time_machine.travel(SAVED, tick=False):
        session = backend.store()
        session.update(values)
        if expiry is not None:
            session.set_expiry(expiry)
        session._session_key = md5(name.encode()).hexdigest()
        session.save(must_create=True)
    return f"django-files/sessionid{session.session_key}"


def cachelib(name, lifetime, md5_names=False):
    import flask_sessions

    kind = flask_sessions.OldCachelib if md5_names else flask_sessions.Cachelib
    folder = "flask-cachelib-md5" if md5_names else "flask-cachelib"
    with time_machine.travel(SAVED, tick=False):
        library = kind(folder_of(folder))
        if lifetime == 0:
            library.interface.cache.set(f"session:{name}", {"id": name}, timeout=0)
            return f"{folder}/{library.interface.cache._get_filename(f'session:{name}').split('/')[-1]}"
    library.app.config["PERMANENT_SESSION_LIFETIME"] = lifetime
    now = datetime.now().timestamp()
    return f"{folder}/{library.save(name, now - SAVED, lifetime)}"


HOUR = timedelta(hours=1)
samples = {
    "no expiry of its own": django("plain", {"id": "plain"}),
    "compressed, no expiry of its own": django("long", {"id": "long" * 100}),
    "a date in UTC, an hour after it was saved": django("utc", {"id": "utc"}, HOUR),
    "compressed, a date in UTC": django("long-utc", {"id": "long" * 100}, HOUR),
    "a date in New York, without a zone": django("naive", {"id": "naive"}, HOUR, use_tz=False),
    "seconds: Django never ends such a session": django("seconds", {"id": "seconds"}, 3600),
    "0, the end of the browser: as without one": django("browser", {"id": "browser"}, 0),
    "cachelib 0.17, ends an hour after it was saved": cachelib("hour", 3600),
    "cachelib 0.17, never ends": cachelib("never", 0),
    "cachelib 0.9, ends an hour after it was saved": cachelib("hour", 3600, md5_names=True),
}
with open(os.path.join(HERE, "samples.json"), "w") as index:
    json.dump({"savedAt": SAVED, "files": samples}, index, indent=2)
    index.write("\n")
