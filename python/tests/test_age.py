"""The age of a session is read from its pickle, and nothing in the pickle ever runs."""

from __future__ import annotations

import pickle
import pickletools
import tempfile
import time
import unittest
from collections import OrderedDict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sessionstore.pickles.age import changed_at

NOW = 1_790_000_000.25


class Session:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("_access_time", "id")

    def __init__(self) -> None:
        self._access_time = NOW
        self.id = "a"


class FormTokens(list[str]):
    pass


class Calls:
    """Pickles as a call of any function with any arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


class AgeOfSession(unittest.TestCase):
    def test_is_its_access_time_in_every_protocol(self) -> None:
        session = Session(id="a", _creation_time=NOW - 100, user={"n": [1, 2]}, _access_time=NOW, t=FormTokens("ab"))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            for data in (pickle.dumps(session, protocol), pickletools.optimize(pickle.dumps(session, protocol))):
                self.assertEqual(changed_at(data), NOW, protocol)

    def test_is_its_creation_time_where_it_has_no_access_time(self) -> None:
        self.assertEqual(changed_at(pickle.dumps(Session(_creation_time=NOW))), NOW)

    def test_may_be_a_whole_number(self) -> None:
        self.assertEqual(changed_at(pickle.dumps(Session(_access_time=1_790_000_000))), 1_790_000_000)

    def test_is_read_of_a_class_with_slots_and_of_a_dict(self) -> None:
        self.assertEqual(changed_at(pickle.dumps(Slotted())), NOW)
        self.assertEqual(changed_at(pickle.dumps({"_access_time": NOW})), NOW)
        self.assertIsNone(changed_at(pickle.dumps(OrderedDict(other=NOW))))

    def test_is_read_of_an_old_style_instance_of_python_2(self) -> None:
        data = b"(imyapp\nSession\np0\n(dp1\nS'_access_time'\np2\nF1790000000.25\nsb."
        self.assertEqual(changed_at(data), NOW)

    def test_is_unknown_where_the_access_time_is_there_but_no_time(self) -> None:
        for value in (None, "now", True, float("nan"), float("inf"), -1.0, 0, 12.5, 10**400, [NOW], object()):
            self.assertIsNone(changed_at(pickle.dumps(Session(_creation_time=NOW - 9e6, _access_time=value))), value)

    def test_is_its_own_and_not_that_of_something_it_holds(self) -> None:
        self.assertIsNone(changed_at(pickle.dumps(Session(inner=Session(_access_time=NOW)))))
        self.assertIsNone(changed_at(pickle.dumps([Session(_access_time=NOW)])))

    def test_is_unknown_of_what_is_no_pickle(self) -> None:
        for data in (b"", b".", b"{}", b"\x80\x04.", b"hello", bytes(range(256)), b"\x80\x04}", b"(", b"0.", b"h\x00."):
            self.assertIsNone(changed_at(data), data)


class HostilePickle(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.trace = Path(folder.name) / "was-run"

    def harmless(self, data: bytes, within: float = 2) -> None:
        # Of the processor: how much else the machine does is not the pickle's fault.
        started = time.process_time()
        self.assertIsNone(changed_at(data))
        self.assertLess(time.process_time() - started, within)
        self.assertFalse(self.trace.exists(), "the pickle was run")

    def test_that_calls_os_system_runs_nothing(self) -> None:
        command = f"touch {self.trace}"
        text = pickle.dumps(command, 0)[:-1]
        for data in (
            b"cos\nsystem\n(" + text + b"tR.",
            b"\x80\x04\x8c\x02os\x8c\x06system\x93" + pickle.dumps(command, 4)[2:-1].lstrip(b"\x95") + b"\x85R.",
            b"(" + text + b"ios\nsystem\n.",
            b"(cos\nsystem\n" + text + b"o.",
            b"cos\nsystem\n" + text + b"\x85\x81.",
            pickle.dumps(Calls(eval, f"open({str(self.trace)!r}, 'w')")),
            pickle.dumps(Calls(exec, f"open({str(self.trace)!r}, 'w')"), 2),
        ):
            self.harmless(data)

    def test_of_nested_calls_runs_nothing(self) -> None:
        inner = Calls(getattr, Calls(__import__, "os"), "system")
        data = pickle.dumps(Calls(map, inner, [f"touch {self.trace}"]))
        self.harmless(data)

    def test_that_imports_a_module_imports_nothing(self) -> None:
        module = self.trace.parent / "session_store_trap.py"
        module.write_text(f"open({str(self.trace)!r}, 'w')")
        import sys

        sys.path.insert(0, str(module.parent))
        self.addCleanup(sys.path.remove, str(module.parent))
        data = b"\x80\x02csession_store_trap\nSession\n)\x81}U\x0c_access_timeNsb."
        self.harmless(data)
        self.assertNotIn("session_store_trap", sys.modules)

    def test_whose_state_sets_more_than_the_time_still_runs_nothing(self) -> None:
        call = b"cos\nsystem\nX" + len(f"touch {self.trace}").to_bytes(4, "little") + f"touch {self.trace}".encode()
        data = b"\x80\x02cx\nSession\n)\x81}(U\x0c_access_timeG" + _float(NOW) + b"U\x01a" + call + b"\x85Rub."
        self.assertEqual(changed_at(data), NOW)
        self.assertFalse(self.trace.exists())

    def test_that_claims_to_be_huge_takes_no_memory(self) -> None:
        for head in (b"\x8d", b"\x8e", b"\x96"):
            self.harmless(b"\x80\x05" + head + b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"x.")
            self.harmless(b"\x80\x05" + head + b"\xff\xff\xff\xff\xff\xff\xff\xff" + b"x.")
        for head in (b"X", b"B", b"T", b"\x8b"):
            self.harmless(b"\x80\x02" + head + b"\xff\xff\xff\x7f" + b"x.")
        self.harmless(b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}.")
        self.harmless(b"r\xff\xff\xff\xff.")
        self.harmless(b"}r\xff\xff\xff\xff.")
        self.harmless(b"I" + b"9" * 1_000_000 + b"\n.")
        self.harmless(b"L" + b"9" * 1_000_000 + b"L\n.")

    def test_of_more_values_than_memory_has_room_for_is_kept_without_reading_them_all(self) -> None:
        self.harmless(b"\x80\x02(" + b"}" * 30_000_000 + b"t.", within=15)
        many = pickle.dumps(Session(cart=list(range(50_000)), _access_time=NOW))
        self.assertEqual(changed_at(many), NOW)
        with patch("sessionstore.pickles.age._MOST", 50_000):
            self.assertIsNone(changed_at(many))

    def test_that_is_cut_off_anywhere_is_unreadable(self) -> None:
        data = pickle.dumps(Session(id="a", user={"x": (1, 2.5, b"y")}, _access_time=NOW))
        self.assertEqual(changed_at(data), NOW)
        for length in range(len(data)):
            self.assertIsNone(changed_at(data[:length]), length)

    def test_that_is_nested_deeply_does_not_overflow(self) -> None:
        depth = 300_000
        self.harmless(b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b".", within=30)
        self.harmless(b"\x80\x02" + b"(" * depth + b"t" * depth + b".", within=30)
        self.harmless(b"\x80\x02)" + b"\x85" * depth + b".", within=30)
        self.harmless(b"(" * depth + b".", within=30)

    def test_that_grows_by_its_memo_does_not_grow_here(self) -> None:
        doubling = b"".join(b"(" + b"h" + bytes([n]) + b"h" + bytes([n]) + b"tq" + bytes([n + 1]) for n in range(200))
        self.harmless(b"\x80\x02]q\x00" + doubling + b".")
        self.harmless(b"\x80\x02](" + b"2" * 100 + b"t.")

    def test_of_random_bytes_is_never_more_than_unreadable(self) -> None:
        import random

        chance = random.Random(4)
        good = pickle.dumps(Session(id="a", user={"x": (1, 2.5, b"y")}, _access_time=NOW))
        for _ in range(3000):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            changed_at(bytes(data))
            changed_at(chance.randbytes(chance.randrange(60)))


def _float(value: float) -> bytes:
    import struct

    return struct.pack(">d", value)


if __name__ == "__main__":
    unittest.main()
