"""The ledger in memory and the one on disk, given the same history, say the same."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.errors import StratusError
from tests.drivers.ledger.contract import Clock

_kinds = st.sampled_from(["instance", "image"])
_keys = st.sampled_from(["1", "10", "2", "é", "\U0001f600"])
_indexes = st.dictionaries(st.sampled_from(["owner", "state"]), st.sampled_from(["", "a", "b"]), max_size=2)
_expects = st.one_of(st.none(), st.integers(0, 12))
_bodies = st.dictionaries(
    st.text(max_size=3), st.none() | st.floats() | st.text(max_size=3) | st.integers(), max_size=2
)
_puts = st.builds(Put, _kinds, _keys, _bodies, _expects, _indexes)
_deletes = st.builds(Delete, _kinds, _keys, _expects)


class Alike(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.memory = MemoryLedger(clock=self.clock, history=4)
        self.sqlite = SqliteLedger(Path(self.folder.name) / "ledger", clock=self.clock, history=4)
        self.leases = []

    def both(self, act):
        results = []
        for ledger in (self.memory, self.sqlite):
            try:
                results.append(act(ledger))
            except StratusError as error:
                results.append((type(error), error.message, error.hint))
        assert results[0] == results[1]
        return results[0]

    @rule(changes=st.lists(_puts | _deletes, max_size=4), fence=st.none() | st.integers(0, 5))
    def commit(self, changes, fence) -> None:
        lease = self.leases[fence % len(self.leases)] if self.leases and fence is not None else None
        self.both(lambda ledger: ledger.commit(changes, fence=lease))

    @rule(
        kind=_kinds,
        where=_indexes,
        after=st.sampled_from(["", "1", "3", "\uffff"]),
        limit=st.none() | st.integers(0, 3),
    )
    def find(self, kind, where, after, limit) -> None:
        self.both(lambda ledger: ledger.find(kind, where=where, after=after, limit=limit))

    @rule(since=st.integers(0, 15))
    def changes(self, since) -> None:
        self.both(lambda ledger: ledger.changes(since))

    @rule(name=st.sampled_from("xy"), owner=st.sampled_from("ab"), ttl_s=st.sampled_from([0, 5, 20]))
    def acquire(self, name, owner, ttl_s) -> None:
        lease = self.both(lambda ledger: ledger.acquire(name, owner, ttl_s))
        if lease is not None and not isinstance(lease, tuple):
            self.leases.append(lease)

    @rule(which=st.integers(0, 5))
    def release(self, which) -> None:
        if self.leases:
            self.both(lambda ledger: ledger.release(self.leases[which % len(self.leases)]))

    @rule(seconds=st.sampled_from([1, 5, 20]))
    def pass_time(self, seconds) -> None:
        self.clock.pass_s(seconds)

    @rule()
    def open_again(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteLedger(Path(self.folder.name) / "ledger", clock=self.clock, history=4)

    @invariant()
    def the_same_documents(self) -> None:
        self.both(lambda ledger: [ledger.find("instance"), ledger.find("image")])

    def teardown(self) -> None:
        self.sqlite.close()
        self.folder.cleanup()


TestAlike = Alike.TestCase
TestAlike.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
