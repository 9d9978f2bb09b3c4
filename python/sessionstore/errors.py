"""Why a store could not do what it was asked."""


class StoreError(Exception):
    """
    `reason` is one of src/api/reasons.ts; the message says what was expected, what was found and what to do. Never
    put anything of a session into it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Busy(StoreError):
    """Another program has the shelf at this moment."""

    def __init__(self) -> None:
        super().__init__("LockTimeout", "Expected the shelf to be free; another program is using it. Try again.")
