"""django.contrib.sessions, backend `file`."""

import os
from datetime import timedelta

from common import set_mtime
from django_sessions import Sessions, settings  # it configures Django

from django.contrib.sessions.backends import file  # noqa: I001


class Files(Sessions):
    """Sessions end SESSION_COOKIE_AGE after the mtime of their file."""

    store = file.SessionStore

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        settings.SESSION_FILE_PATH = folder
        # The class keeps the first folder that it has seen.
        if "_storage_path" in vars(file.SessionStore):
            del file.SessionStore._storage_path

    def migrate(self):
        os.makedirs(self.folder, exist_ok=True)

    def save(self, session_id, ago_seconds, lifetime_seconds):
        name = settings.SESSION_COOKIE_NAME + super().save(session_id, ago_seconds, lifetime_seconds)
        set_mtime(os.path.join(self.folder, name), ago_seconds)
        return name


class FilesWithExpiry(Files):
    """`set_expiry` with a duration: the payload has the date when the session ends."""

    def give_expiry(self, session, lifetime_seconds):
        session.set_expiry(timedelta(seconds=lifetime_seconds))


class NaiveFilesWithExpiry(FilesWithExpiry):
    """The same where USE_TZ = False: the date is that of TIME_ZONE and names no zone."""

    use_tz = False
