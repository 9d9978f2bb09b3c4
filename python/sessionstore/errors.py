"""The error of a store operation."""

SET_UP_AGAIN = "Let set-up run again: annotate the SessionStore with sessionstore.dev/reconcile-requested-at."


class StoreError(Exception):
    """
    `reason` is one of src/api/reasons.ts; the message says what was expected, what was found and what to do. Never put
    any part of a session into it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class NoRoom(StoreError):
    """The volume is full, or at its quota, or fails in the same way; `found` is its error."""

    def __init__(self, message: str, found: str) -> None:
        super().__init__("VolumeBusy", message)
        self.found = found


class StoreChanged(StoreError):
    """The store at the path is no longer the one that this run has checked."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "StoreChanged",
            f"Expected {what} to stay the one that this run checked; found another in its place. The run stopped before "
            "it deleted more. The next one checks the store again.",
        )


class Busy(StoreError):
    """Another program is using the shelf at this moment."""

    def __init__(self) -> None:
        super().__init__("LockTimeout", "Expected the shelf to be free; another program is using it. Try again.")
