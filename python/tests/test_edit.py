"""Sessions are taken out of a pickled dict by opcode: what stays is byte for byte what it was."""

from __future__ import annotations

import pickle
import random
import unittest
from typing import Any

from sessionstore.pickles import write
from sessionstore.pickles.edit import Uneditable, edited, extracted
from sessionstore.pickles.nodes import Atom, Dict
from sessionstore.pickles.reader import Program, read
from sessionstore.pickles.stamp import age_stamp, stamped, unstamped


class Session:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Session) and self.__dict__ == other.__dict__


class Other(Session):
    pass


def inner(program: Program) -> Dict:
    assert isinstance(program.root, Dict)
    target = program.root.entries[0].value
    assert isinstance(target, Dict)
    return target


def sessions(count: int, chance: random.Random) -> dict[str, Session]:
    shared = {"shared": [1, 2, "three"], "deep": ("t", {"a": b"bytes"})}
    found: dict[str, Session] = {}
    for n in range(count):
        kind = chance.choice([Session, Other])
        session: Any = kind(id=f"id{n}", _access_time=1.79e9 + n, user=chance.choice(["anna", "bert", None]))
        if chance.random() < 0.3:
            session.shared = shared
        if chance.random() < 0.2 and found:
            session.friend = chance.choice(list(found.values()))
        if chance.random() < 0.2:
            session.me = session
        if chance.random() < 0.2:
            session.data = b"\x00\xff" * n
        found[session.id] = session
    return found


class EditedDict(unittest.TestCase):
    def check(self, data: bytes, removed: set[str], goal: dict[str, Session]) -> None:
        program = read(data)
        target = inner(program)
        gone = [e for e in target.entries if isinstance(e.key, Atom) and e.key.value in removed]
        self.assertEqual(len(gone), len(removed))
        result = edited(data, program, target, gone, [(write.text("new"), write.number(1.5))])
        loaded = pickle.loads(result.code)
        self.assertEqual(list(loaded), ["data"])
        self.assertEqual(loaded["data"].pop("new"), 1.5)
        self.assertEqual(list(loaded["data"]), list(goal))
        for name, session in goal.items():
            self.assertEqual(pickle.dumps(loaded["data"][name]), pickle.dumps(session), name)
        kept = [data[e.start : e.end] for e in target.entries if e not in gone]
        again = inner(read(result.code)).entries[:-1]
        self.assertEqual([result.code[e.start : e.end] for e in again], kept)

    def test_keeps_the_others_byte_for_byte_whatever_they_share(self) -> None:
        chance = random.Random(16)
        for count in [0, 1, 2, 3, 10, 999, 1000, 1001, 1002, 2001] + [chance.randrange(40) for _ in range(60)]:
            all_of_them = sessions(count, chance)
            data = pickle.dumps({"data": all_of_them}, 2)
            for share in (0.0, 0.5, 0.95, 1.0):
                removed = {name for name in all_of_them if chance.random() < share}
                goal = pickle.loads(data)["data"]
                for name in removed:
                    del goal[name]
                self.check(data, removed, goal)

    def test_can_be_edited_again_and_again(self) -> None:
        chance = random.Random(3)
        goal = sessions(60, chance)
        data = pickle.dumps({"data": goal}, 2)
        goal = pickle.loads(data)["data"]
        while goal:
            name = chance.choice(list(goal))
            program = read(data)
            gone = [e for e in inner(program).entries if isinstance(e.key, Atom) and e.key.value == name]
            data = edited(data, program, inner(program), gone, []).code
            del goal[name]
            self.assertEqual(pickle.dumps(pickle.loads(data)["data"]), pickle.dumps(goal))

    def test_gives_each_value_as_a_pickle_of_its_own(self) -> None:
        chance = random.Random(5)
        for count in (1, 2, 30):
            data = pickle.dumps({"data": sessions(count, chance)}, 2)
            goal = pickle.loads(data)["data"]
            program = read(data)
            for entry in inner(program).entries:
                assert isinstance(entry.key, Atom)
                value = pickle.loads(extracted(data, program, entry))
                self.assertEqual(pickle.dumps(value), pickle.dumps(goal[str(entry.key.value)]))

    def test_is_refused_where_the_memo_is_not_numbered(self) -> None:
        data = pickle.dumps({"data": {"a": "b"}}, 4)
        program = read(data)
        with self.assertRaises(Uneditable):
            edited(data, program, inner(program), [], [])

    def test_is_refused_where_a_session_holds_the_dict_of_sessions(self) -> None:
        state: dict[str, Any] = {"data": {}}
        state["data"]["a"] = ["in the dict", state["data"]]
        data = pickle.dumps(state, 2)
        program = read(data)
        with self.assertRaises(Uneditable):
            extracted(data, program, inner(program).entries[0])


class Stamp(unittest.TestCase):
    def test_carries_any_payload_and_its_time(self) -> None:
        for payload in (b"", b"{}", b"\x8e", b"\x80\x04N.", b"\x80\x09.", bytes(range(256)), stamped(b"x", 1.7e9)):
            value = stamped(payload, 1.79e9)
            self.assertEqual(unstamped(value), payload)
            self.assertEqual(age_stamp(value), 1.79e9)

    def test_is_a_pickle_that_loads_as_the_payload_does(self) -> None:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            value = stamped(pickle.dumps({"a": [1, "b"] * 2}, protocol), 1.79e9)
            self.assertEqual(pickle.loads(value), {"a": [1, "b"] * 2})
        self.assertEqual(pickle.loads(stamped(b"opaque", 1.79e9)), b"opaque")

    def test_is_not_seen_in_what_another_program_saved(self) -> None:
        value = pickle.dumps({"_access_time": 1.79e9})
        self.assertEqual((unstamped(value), age_stamp(value)), (value, 1.79e9))


if __name__ == "__main__":
    unittest.main()
