"""The provisioning of a store: the text of its mark, and the conclusions from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .errors import SET_UP_AGAIN, StoreError

Form = Literal["Session3", "Safe"]
Plan = Literal["Create", "Resume", "Adopt", "Overwrite", "Verify", "Refuse"]

MOST_SPENT = 64
"""Maximum number of recorded spent tokens, as in src/api/spent-tokens.ts. Beyond it there is no overwrite."""


@dataclass(frozen=True)
class Owner:
    installation: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} (installation {self.installation})"


@dataclass(frozen=True)
class Options:
    """Options of set-up."""

    owner: Owner
    if_exists: Literal["Adopt", "Fail", "Overwrite"]
    overwrite_token: str | None = None
    spent_tokens: tuple[str, ...] = ()
    """The spent tokens of status, as fingerprints."""
    migrate: bool = False
    """Whether sessions of session3's own class may be changed into the safe form."""


@dataclass(frozen=True)
class Mark:
    owner: Owner
    origin: Literal["Created", "Adopted"]
    state: Literal["Intent", "Done"]
    """Intent: written before any change, so that the next run continues a killed one."""
    form: Form
    """Classes that use the store: session3's own, or the safe ones."""
    spent: tuple[str, ...] = ()
    """The permitted overwrites, as fingerprints: each is spent from its intent on."""
    replaces: dict[str, int] = field(default_factory=dict)
    """The files that are being overwritten, by name and inode: no other file may be deleted."""

    def text(self) -> str:
        return json.dumps({"version": 1, **asdict(self)})

    def done(self) -> Mark:
        return replace(self, state="Done", replaces={})


def parsed(text: str, where: str) -> Mark:
    """The mark; Conflict if this version cannot read the text."""
    try:
        found = json.loads(text)
        if found.pop("version") != 1 or found["form"] not in ("Session3", "Safe"):
            raise ValueError
        # Earlier versions recorded only the last token, as plain text.
        last = found.pop("token", None)
        spent = _each_once(found.pop("spent", []), [fingerprint_of(last)] if last else [])
        return Mark(**{**found, "owner": Owner(**found["owner"]), "spent": spent})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            "Conflict",
            f"Expected {where} to be a mark that this version can read; found something else. Use the version that "
            "wrote it, or remove it if it is not needed.",
        ) from error


def require_own(mark: Mark | None, owner: Owner, what: str, where: str) -> None:
    """Raises Conflict, naming the other owner, if the mark at `where` belongs to another owner."""
    if mark and mark.owner != owner:
        raise StoreError(
            "Conflict",
            f"Expected {what} to belong to {owner}; its mark says {mark.owner}. Name another place. "
            "Deleting a SessionStore leaves its store and its mark: if no SessionStore cleans this one any more, remove "
            f"{where}.",
        )


def require_done(mark: Mark | None, owner: Owner, what: str, where: str) -> Mark:
    """The mark of a store that may be cleaned; every other store is left unchanged."""
    require_own(mark, owner, what, where)
    if mark and mark.state == "Done":
        return mark
    found = "a set-up that has not ended" if mark else "none"
    raise StoreError(
        "StoreMissing",
        f"Expected {what} to carry this store's mark; found {found}. No session was deleted. {SET_UP_AGAIN}",
    )


def fingerprint_of(token: str) -> str:
    """The same as in src/api/spent-tokens.ts."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def fresh_token(mark: Mark | None, options: Options) -> str | None:
    """The token that permits an overwrite now, once; InvalidInput if it could not be recorded."""
    spent = _each_once(options.spent_tokens, mark.spent if mark else ())
    token = options.overwrite_token if options.if_exists == "Overwrite" else None
    if token is None or fingerprint_of(token) in spent:
        return None
    if len(spent) < MOST_SPENT:
        return token
    raise StoreError(
        "InvalidInput",
        f"Expected fewer than {MOST_SPENT} overwrites of one store, as each token is recorded; found {len(spent)}. "
        "The store was not overwritten. Set setup.ifExists to Adopt; to start over, remove the store by hand first.",
    )


def spent_after(mark: Mark | None, options: Options) -> tuple[str, ...]:
    """
    The tokens that are spent once set-up has finished. The requested token is spent even if there was no store to
    overwrite: otherwise the next run would overwrite the store that this run created.
    """
    token = fresh_token(mark, options)
    spent = _each_once(options.spent_tokens, mark.spent if mark else ())
    return spent if token is None else (*spent, fingerprint_of(token))


def report(outcome: str, mark: Mark | None, options: Options, notes: list[str]) -> dict[str, Any]:
    """A SetupReport of src/api/runner-result.ts."""
    token = options.overwrite_token if options.if_exists == "Overwrite" else None
    spent = _each_once(options.spent_tokens, mark.spent if mark else ())
    return {
        "outcome": outcome,
        "marked": True,
        **({"overwriteToken": token} if token else {}),
        **({"spentTokens": spent} if spent else {}),
        "notes": notes,
    }


def _each_once(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))[:MOST_SPENT]


def plan_of(mark: Mark | None, exists: bool, options: Options) -> Plan:
    """The plan for the observed store. A missing mark permits only adoption."""
    if mark and mark.state == "Intent":
        return "Resume"
    if not exists:
        return "Create"
    if fresh_token(mark, options) is not None:
        return "Overwrite"
    if mark:
        return "Verify"
    return "Refuse" if options.if_exists == "Fail" else "Adopt"


def already_exists(what: str) -> StoreError:
    return StoreError(
        "AlreadyExists",
        f"Expected no {what}, as setup.ifExists is Fail; found one. Name another path, or choose Adopt.",
    )


def not_only_sessions(what: str) -> StoreError:
    """The error of an overwrite for a store that this owner did not create and that does not hold only sessions."""
    return StoreError(
        "ShapeMismatch",
        f"Expected {what} to hold only sessions with a time of change, because it was not made by this "
        "SessionStore and setup.ifExists is Overwrite; found something else in it. The store was not changed. Name another "
        "place, or remove what is there if it may go.",
    )


def needs_migration(found: Form, wanted: Form, options: Options, what: str) -> bool:
    """Whether set-up has to change the form; raises ShapeMismatch if it may not."""
    if found == wanted:
        return False
    if found == "Safe":
        raise no_way_back(what)
    if not options.migrate:
        raise unmigrated(what)
    return True


def unmigrated(what: str) -> StoreError:
    return StoreError(
        "ShapeMismatch",
        f"Expected {what} to be in the safe form, as backend form is Safe; found session3's own. Let the application "
        "use sessionstore's class, then set setup.migrate: true.",
    )


def no_way_back(what: str) -> StoreError:
    return StoreError(
        "ShapeMismatch",
        f"Expected {what} to be in session3's form; its mark says it is in the safe one. Set the backend's form to Safe.",
    )
