"""Who provisioned a store, how, and how far that has come: what its mark says, and what follows from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .errors import StoreError

Form = Literal["Session3", "Safe"]
Plan = Literal["Create", "Resume", "Adopt", "Overwrite", "Verify", "Refuse"]

MOST_SPENT = 64
"""How many spent tokens are remembered, as src/api/spent-tokens.ts has it. There is no overwrite after that."""


@dataclass(frozen=True)
class Owner:
    installation: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} (installation {self.installation})"


@dataclass(frozen=True)
class Options:
    """What set-up is asked for."""

    owner: Owner
    if_exists: Literal["Adopt", "Fail", "Overwrite"]
    overwrite_token: str | None = None
    spent_tokens: tuple[str, ...] = ()
    """What status says is spent, as fingerprints."""
    migrate: bool = False
    """Whether what session3's own class made may be changed into the safe form."""


@dataclass(frozen=True)
class Mark:
    owner: Owner
    origin: Literal["Created", "Adopted"]
    state: Literal["Intent", "Done"]
    """Intent: written before anything is touched, so that a run that was killed is carried on."""
    form: Form
    """Who uses the store: session3's own classes, or those that are safe to share it."""
    spent: tuple[str, ...] = ()
    """The overwrites that were permitted, as fingerprints: each is spent from its intent on."""
    replaces: dict[str, int] = field(default_factory=dict)
    """The files that are being overwritten, by name and inode: no others may go."""

    def text(self) -> str:
        return json.dumps({"version": 1, **asdict(self)})

    def done(self) -> Mark:
        return replace(self, state="Done", replaces={})


def parsed(text: str, where: str) -> Mark:
    """The mark; Conflict where the text is none that this version can read."""
    try:
        found = json.loads(text)
        if found.pop("version") != 1 or found["form"] not in ("Session3", "Safe"):
            raise ValueError
        # Earlier versions kept the last token alone, as it was written.
        last = found.pop("token", None)
        spent = _each_once(found.pop("spent", []), [fingerprint_of(last)] if last else [])
        return Mark(**{**found, "owner": Owner(**found["owner"]), "spent": spent})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            "Conflict",
            f"Expected {where} to be a mark that this version can read; found something else. Use the version that "
            "wrote it, or remove it if nobody needs it.",
        ) from error


def require_own(mark: Mark | None, owner: Owner, what: str, where: str) -> None:
    """Conflict, naming the other, where the mark, which stands at `where`, is another's."""
    if mark and mark.owner != owner:
        raise StoreError(
            "Conflict",
            f"Expected {what} to belong to {owner}; its mark says {mark.owner}. Name another place. "
            "Deleting a SessionStore leaves its store and its mark: if nobody cleans this one any more, remove "
            f"{where}.",
        )


def require_done(mark: Mark | None, owner: Owner, what: str, where: str) -> Mark:
    """The mark of a store that may be cleaned: whatever else is there is left alone."""
    require_own(mark, owner, what, where)
    if mark and mark.state == "Done":
        return mark
    found = "a set-up that has not ended" if mark else "none"
    raise StoreError(
        "StoreMissing",
        f"Expected {what} to carry this store's mark; found {found}. Nothing was deleted. Let set-up run again: "
        "annotate the SessionStore with sessionstore.dev/reconcile-requested-at.",
    )


def fingerprint_of(token: str) -> str:
    """As src/api/spent-tokens.ts has it."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def fresh_token(mark: Mark | None, options: Options) -> str | None:
    """The token that permits an overwrite now, once; InvalidInput where it could not be remembered."""
    spent = _each_once(options.spent_tokens, mark.spent if mark else ())
    token = options.overwrite_token if options.if_exists == "Overwrite" else None
    if token is None or fingerprint_of(token) in spent:
        return None
    if len(spent) < MOST_SPENT:
        return token
    raise StoreError(
        "InvalidInput",
        f"Expected fewer than {MOST_SPENT} overwrites of one store, as each token is remembered; found {len(spent)}. "
        "Nothing was overwritten. Set setup.ifExists to Adopt; to start over, remove the store by hand first.",
    )


def spent_after(mark: Mark | None, options: Options) -> tuple[str, ...]:
    """
    The tokens that are spent once set-up is done. The token that is asked for is spent even where there was nothing to
    overwrite: else the next run would overwrite what was made by this one.
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


def _each_once(*places: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for place in places for item in place))[:MOST_SPENT]


def plan_of(mark: Mark | None, exists: bool, options: Options) -> Plan:
    """What is to be done, of what was found. A missing mark permits nothing but to adopt."""
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
    """What an overwrite says of a store that this owner did not make, and that holds something else."""
    return StoreError(
        "ShapeMismatch",
        f"Expected {what} to hold nothing but sessions that say when they changed, as it was not made by this "
        "SessionStore and setup.ifExists is Overwrite; found something else in it. Nothing was touched. Name another "
        "place, or remove what is there if it may go.",
    )


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
