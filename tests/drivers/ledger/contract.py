"""What every ledger promises. A driver's test module inherits the suite and provides `ledger`, `clock`, `short`."""

import threading
from types import MappingProxyType

import pytest

from stratus.drivers.ledger.protocol import Delete, Document, Ledger, Put
from stratus.errors import BadInput, LedgerConflict


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


def put(key: str, expect: int | None = None, kind: str = "instance", body=None, **index: str) -> Put:
    return Put(kind, key, {"key": key} if body is None else body, expect, index)


def keys(documents: list[Document]) -> list[str]:
    return [document.key for document in documents]


def in_threads(count: int, work) -> list:
    """What `work(number)` gave or raised, in each of `count` threads that start together."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait(10)
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def has_ended(owner: str) -> bool:
    """Who has surely ended, as the ledgers under test are told."""
    return owner == "the dead"


class LedgerContract:
    # --- documents ---

    def test_what_was_put_is_read_back(self, ledger: Ledger) -> None:
        body = {"name": "é 漢 \0 '\"\\", "n": 1, "x": 0.5, "none": None, "yes": True, "list": [1, {"a": []}], "": ""}

        revision = ledger.commit([put("1", body=body)])

        assert ledger.get("instance", "1") == Document("instance", "1", body, revision)

    def test_numbers_keep_their_type_and_size(self, ledger: Ledger) -> None:
        ledger.commit([put("1", body={"big": 2**70, "whole": 1.0, "tiny": 5e-324})])

        body = ledger.get("instance", "1").body

        assert body == {"big": 2**70, "whole": 1.0, "tiny": 5e-324}
        assert [type(value) for value in body.values()] == [int, float, float]

    def test_what_is_absent_is_none(self, ledger: Ledger) -> None:
        ledger.commit([put("1")])

        assert ledger.get("instance", "2") is None
        assert ledger.get("image", "1") is None

    def test_a_body_is_a_copy_on_the_way_in_and_out(self, ledger: Ledger) -> None:
        body = {"list": [1]}
        ledger.commit([put("1", body=body)])
        body["list"].append(2)
        ledger.get("instance", "1").body["list"].append(3)
        ledger.find("instance")[0].body["list"].append(4)

        assert ledger.get("instance", "1").body == {"list": [1]}

    def test_tuples_become_lists_and_any_mapping_an_object(self, ledger: Ledger) -> None:
        ledger.commit([put("1", body=MappingProxyType({"t": (1, (2,)), "m": MappingProxyType({"a": 1})}))])

        assert ledger.get("instance", "1").body == {"t": [1, [2]], "m": {"a": 1}}

    @pytest.mark.parametrize(
        "body",
        [
            {"x": float("nan")},
            {"x": float("inf")},
            {1: "x"},
            {"deep": [{None: 1}]},
            {"x": "\ud800"},
            {"\udfff": 1},
            {"x": b"bytes"},
            {"x": {1, 2}},
            {"x": object()},
            ["no", "object"],
        ],
        ids=["nan", "inf", "int-key", "deep-key", "surrogate", "surrogate-key", "bytes", "set", "object", "list"],
    )
    def test_what_json_cannot_carry_is_refused_and_nothing_written(self, ledger: Ledger, body) -> None:
        with pytest.raises(BadInput, match="instance/2"):
            ledger.commit([put("1"), put("2", body=body)])

        assert ledger.find("instance") == []

    def test_a_body_that_contains_itself_is_refused(self, ledger: Ledger) -> None:
        body: dict = {}
        body["self"] = body

        with pytest.raises(BadInput, match="instance/1"):
            ledger.commit([put("1", body=body)])

    @pytest.mark.parametrize("bad", ["", "a\0b", "\ud800", 7, None], ids=["empty", "nul", "surrogate", "int", "none"])
    def test_names_that_not_every_ledger_can_keep_are_refused(self, ledger: Ledger, bad) -> None:
        for change in (put(bad), put("1", kind=bad), put("1", **{"owner": bad} if bad != "" else {"": "x"})):
            with pytest.raises(BadInput):
                ledger.commit([change])
        for ask in (lambda: ledger.get("instance", bad), lambda: ledger.get(bad, "1"), lambda: ledger.find(bad)):
            with pytest.raises(BadInput):
                ask()

    # --- expectations ---

    def test_each_commit_has_a_greater_revision(self, ledger: Ledger) -> None:
        revisions = [
            ledger.commit([put("1"), put("2")]),
            ledger.commit([put("1")]),
            ledger.commit([Delete("instance", "1")]),
        ]

        assert revisions == sorted(set(revisions))
        assert ledger.get("instance", "2").revision == revisions[0]

    def test_a_commit_of_nothing_gives_the_present_revision(self, ledger: Ledger) -> None:
        revision = ledger.commit([put("1")])

        assert ledger.commit([]) == revision
        assert ledger.changes(revision).revision == revision

    def test_creating_what_exists_is_a_conflict_that_names_it(self, ledger: Ledger) -> None:
        ledger.commit([put("1", expect=0)])

        with pytest.raises(LedgerConflict, match="instance/1"):
            ledger.commit([put("1", expect=0)])

    def test_the_revision_is_that_of_the_last_commit(self, ledger: Ledger) -> None:
        assert ledger.revision() == 0
        last = [ledger.commit([put(key)]) for key in ("1", "2")][-1]
        assert ledger.revision() == last
        assert ledger.changes(ledger.revision()).keys == ()

    def test_a_write_on_an_older_revision_is_a_conflict(self, ledger: Ledger) -> None:
        first = ledger.commit([put("1")])
        second = ledger.commit([put("1", expect=first, body={"n": 2})])

        with pytest.raises(LedgerConflict, match="instance/1"):
            ledger.commit([put("1", expect=first, body={"n": 3})])
        with pytest.raises(LedgerConflict, match="instance/1"):
            ledger.commit([Delete("instance", "1", expect=first)])

        assert ledger.get("instance", "1") == Document("instance", "1", {"n": 2}, second)

    def test_a_change_of_what_is_gone_is_a_conflict(self, ledger: Ledger) -> None:
        revision = ledger.commit([put("1")])
        ledger.commit([Delete("instance", "1", expect=revision)])

        with pytest.raises(LedgerConflict, match="gone"):
            ledger.commit([put("1", expect=revision)])
        with pytest.raises(LedgerConflict, match="gone"):
            ledger.commit([Delete("instance", "1", expect=revision)])

    def test_a_document_made_anew_has_not_its_old_revision(self, ledger: Ledger) -> None:
        old = ledger.commit([put("1")])
        ledger.commit([Delete("instance", "1")])
        ledger.commit([put("1", expect=0)])

        with pytest.raises(LedgerConflict):
            ledger.commit([put("1", expect=old)])

    def test_deleting_what_is_absent_is_fine_without_an_expectation(self, ledger: Ledger) -> None:
        ledger.commit([Delete("instance", "1")])

        assert ledger.find("instance") == []

    def test_one_conflict_undoes_the_whole_commit(self, ledger: Ledger) -> None:
        revision = ledger.commit([put("1", body={"n": 1}, owner="alice"), put("2")])

        with pytest.raises(LedgerConflict):
            ledger.commit([put("1", body={"n": 2}, owner="bob"), Delete("instance", "2"), put("3"), put("4", expect=9)])

        assert keys(ledger.find("instance")) == ["1", "2"]
        assert keys(ledger.find("instance", where={"owner": "alice"})) == ["1"]
        assert ledger.find("instance", where={"owner": "bob"}) == []
        assert ledger.changes(revision).keys == ()

    def test_a_document_named_twice_in_one_commit_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(BadInput, match="twice"):
            ledger.commit([put("1"), Delete("instance", "1")])

    def test_a_deletion_that_expects_nothing_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(BadInput):
            ledger.commit([Delete("instance", "1", expect=0)])

    # --- finding ---

    def test_find_gives_one_kind_in_key_order(self, ledger: Ledger) -> None:
        names = ["b", "a", "ab", "A", "10", "9", "é", "漢", "\U0001f600", "\uffff"]
        ledger.commit([*(put(name) for name in names), put("other", kind="image")])

        assert keys(ledger.find("instance")) == sorted(names)

    def test_find_by_index_wants_all_entries(self, ledger: Ledger) -> None:
        ledger.commit(
            [
                put("1", owner="alice", state="running"),
                put("2", owner="bob", state="running"),
                put("3", owner="alice", state="done"),
                put("4"),
                put("1", kind="image", owner="alice"),
            ]
        )

        assert keys(ledger.find("instance", where={"owner": "alice"})) == ["1", "3"]
        assert keys(ledger.find("instance", where={"owner": "alice", "state": "running"})) == ["1"]
        assert keys(ledger.find("instance", where={"state": "running", "owner": "alice"})) == ["1"]
        assert ledger.find("instance", where={"owner": "carol"}) == []
        assert ledger.find("instance", where={"owner": "alice", "node": "n1"}) == []
        assert keys(ledger.find("instance", where={})) == ["1", "2", "3", "4"]

    def test_an_index_value_may_be_empty(self, ledger: Ledger) -> None:
        ledger.commit([put("1", node=""), put("2", node="n1"), put("3")])

        assert keys(ledger.find("instance", where={"node": ""})) == ["1"]

    def test_a_new_put_replaces_the_older_index_entries(self, ledger: Ledger) -> None:
        ledger.commit([put("1", owner="alice", node="n1")])
        ledger.commit([put("1", owner="bob")])

        assert ledger.find("instance", where={"owner": "alice"}) == []
        assert ledger.find("instance", where={"node": "n1"}) == []
        assert keys(ledger.find("instance", where={"owner": "bob"})) == ["1"]

    def test_a_deletion_takes_the_index_entries_along(self, ledger: Ledger) -> None:
        ledger.commit([put("1", owner="alice")])
        ledger.commit([Delete("instance", "1")])
        ledger.commit([put("1")])

        assert ledger.find("instance", where={"owner": "alice"}) == []

    @pytest.mark.parametrize("where", [None, {"owner": "alice"}, {"owner": "alice", "state": "on"}])
    def test_pages_join_to_the_whole(self, ledger: Ledger, where) -> None:
        ledger.commit([put(f"{n:02}", owner="alice" if n % 3 else "bob", state="on") for n in range(20)])
        whole, pages, after = ledger.find("instance", where=where), [], ""

        while page := ledger.find("instance", where=where, after=after, limit=3):
            assert len(page) <= 3
            pages += page
            after = page[-1].key

        assert pages == whole
        assert ledger.find("instance", where=where, limit=0) == []

    def test_a_negative_limit_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(BadInput):
            ledger.find("instance", limit=-1)

    # --- changes ---

    def test_changes_name_what_came_after_a_revision(self, ledger: Ledger) -> None:
        ledger.commit([put("1")])
        since = ledger.commit([put("2"), put("3")])
        ledger.commit([put("1"), Delete("instance", "3")])
        last = ledger.commit([put("9", kind="image")])

        changes = ledger.changes(since)

        assert changes.keys == (("instance", "1"), ("instance", "3"), ("image", "9"))
        assert changes.revision == last
        assert not changes.whole
        assert ledger.changes(last).keys == ()

    def test_changes_name_a_document_once(self, ledger: Ledger) -> None:
        since = ledger.commit([put("0")])
        for change in (put("1"), put("2"), put("1"), Delete("instance", "1"), put("1")):
            ledger.commit([change])

        assert ledger.changes(since).keys == (("instance", "2"), ("instance", "1"))

    def test_changes_since_the_beginning_are_everything(self, ledger: Ledger) -> None:
        assert ledger.changes(0).keys == ()
        ledger.commit([put("1"), put("2")])

        assert ledger.changes(0).keys == (("instance", "1"), ("instance", "2"))

    def test_forgotten_deletions_make_the_changes_whole(self, short: Ledger) -> None:
        """`short` remembers the deletions of three commits."""
        since = short.commit([put("1"), put("2"), put("3")])
        deleted = short.commit([Delete("instance", "2")])
        for _ in range(3):
            short.commit([put("3")])

        late, in_time = short.changes(since), short.changes(deleted)

        assert (late.keys, late.whole) == ((("instance", "1"), ("instance", "3")), True)
        assert (in_time.keys, in_time.whole) == ((("instance", "3"),), False)

    def test_a_revision_from_a_later_life_gives_the_whole(self, ledger: Ledger) -> None:
        revision = ledger.commit([put("1")])

        changes = ledger.changes(revision + 1000, timeout_s=60)

        assert (changes.keys, changes.revision, changes.whole) == ((("instance", "1"),), revision, True)

    def test_waiting_for_changes_ends_with_a_commit(self, ledger: Ledger) -> None:
        since = ledger.commit([put("1")])

        def work(number: int):
            return ledger.changes(since, timeout_s=20) if number else ledger.commit([put("2")])

        revision, *seen = in_threads(4, work)

        assert [(changes.keys, changes.revision) for changes in seen] == [((("instance", "2"),), revision)] * 3

    def test_waiting_for_changes_ends_with_the_time(self, ledger: Ledger) -> None:
        since = ledger.commit([put("1")])

        assert ledger.changes(since, timeout_s=0.05).keys == ()

    def test_waiting_for_changes_ends_when_the_ledger_is_closed(self, ledger: Ledger) -> None:
        since = ledger.commit([put("1")])

        waited, _ = in_threads(2, lambda number: ledger.close() if number else _until_closed(ledger, since))

        assert waited is None

    # --- leases ---

    def test_a_lease_has_one_holder(self, ledger: Ledger) -> None:
        lease = ledger.acquire("dispatch", "a", 10)

        assert (lease.name, lease.owner) == ("dispatch", "a")
        assert ledger.acquire("dispatch", "b", 10) is None
        assert ledger.acquire("other", "b", 10) is not None

    def test_its_owner_renews_the_lease_and_keeps_the_token(self, ledger: Ledger, clock: Clock) -> None:
        first = ledger.acquire("dispatch", "a", 10)
        clock.pass_s(8)
        second = ledger.acquire("dispatch", "a", 10)
        clock.pass_s(8)

        assert second.token == first.token
        assert second.expires_s == first.expires_s + 8
        assert ledger.acquire("dispatch", "b", 10) is None
        ledger.commit([put("1")], fence=first)

    def test_the_token_grows_with_each_holder(self, ledger: Ledger, clock: Clock) -> None:
        tokens = []
        for owner in ("a", "b", "a", "a"):
            tokens.append(ledger.acquire("dispatch", owner, 10).token)
            clock.pass_s(10)

        assert tokens == sorted(set(tokens))

    def test_a_lease_that_was_given_back_is_free_and_its_token_spent(self, ledger: Ledger) -> None:
        first = ledger.acquire("dispatch", "a", 10)
        ledger.release(first)
        second = ledger.acquire("dispatch", "a", 10)

        assert second.token > first.token
        with pytest.raises(LedgerConflict):
            ledger.commit([put("1")], fence=first)

    def test_giving_back_what_another_holds_changes_nothing(self, ledger: Ledger, clock: Clock) -> None:
        first = ledger.acquire("dispatch", "a", 10)
        clock.pass_s(11)
        second = ledger.acquire("dispatch", "b", 10)
        ledger.release(first)

        assert ledger.acquire("dispatch", "c", 10) is None
        ledger.commit([put("1")], fence=second)

    def test_a_commit_with_a_stale_fence_is_refused(self, ledger: Ledger, clock: Clock) -> None:
        stale = ledger.acquire("dispatch", "a", 10)
        ledger.commit([put("1", body={"by": "a"})], fence=stale)
        clock.pass_s(11)

        with pytest.raises(LedgerConflict, match="dispatch"):  # expired, though nobody else has come yet
            ledger.commit([put("1", body={"by": "late a"})], fence=stale)
        current = ledger.acquire("dispatch", "b", 10)
        with pytest.raises(LedgerConflict, match="dispatch"):
            ledger.commit([put("1", body={"by": "late a"})], fence=stale)
        with pytest.raises(LedgerConflict):
            ledger.commit([], fence=stale)
        ledger.commit([put("2")], fence=current)

        assert ledger.get("instance", "1").body == {"by": "a"}

    def test_the_lease_of_a_process_that_has_ended_is_free_and_its_commits_are_refused(self, ledger: Ledger) -> None:
        dead = ledger.acquire("dispatch", "the dead", 3600)

        heir = ledger.acquire("dispatch", "b", 10)

        assert (heir.owner, heir.token) == ("b", dead.token + 1)
        with pytest.raises(LedgerConflict):
            ledger.commit([put("x")], fence=dead)
        ledger.commit([put("x")], fence=heir)

    def test_leases_are_no_documents(self, ledger: Ledger) -> None:
        revision = ledger.commit([put("1")])
        ledger.acquire("dispatch", "a", 10)

        assert ledger.changes(revision).keys == ()

    @pytest.mark.parametrize(("name", "owner", "ttl_s"), [("", "a", 1), ("x", "", 1), ("x", "a", 0), ("x", "a", -1)])
    def test_a_senseless_lease_is_refused(self, ledger: Ledger, name: str, owner: str, ttl_s: float) -> None:
        with pytest.raises(BadInput):
            ledger.acquire(name, owner, ttl_s)

    # --- many at once ---

    def test_threads_that_count_by_compare_and_set_lose_nothing(self, ledger: Ledger) -> None:
        ledger.commit([put("n", body={"n": 0})])

        results = in_threads(4, lambda _: [count_one(ledger) for _ in range(10)])

        assert not [result for result in results if isinstance(result, Exception)]
        assert ledger.get("instance", "n").body == {"n": 40}

    def test_of_many_threads_that_create_the_same_one_wins(self, ledger: Ledger) -> None:
        for round_ in range(5):
            results = in_threads(6, lambda n, key=f"{round_}": ledger.commit([put(key, expect=0, body={"by": n})]))
            winners = [n for n, result in enumerate(results) if isinstance(result, int)]

            assert len(winners) == 1
            assert all(isinstance(result, (int, LedgerConflict)) for result in results)
            assert ledger.get("instance", f"{round_}").body == {"by": winners[0]}

    def test_of_many_threads_one_gets_the_lease(self, ledger: Ledger) -> None:
        leases = in_threads(6, lambda n: ledger.acquire("dispatch", f"owner {n}", 10))

        assert len([lease for lease in leases if lease is not None]) == 1


def count_one(ledger: Ledger) -> None:
    """Add one to the counter instance/n, as often as it takes."""
    while True:
        found = ledger.get("instance", "n")
        try:
            ledger.commit([put("n", expect=found.revision, body={"n": found.body["n"] + 1})])
            return
        except LedgerConflict:
            continue


def _until_closed(ledger: Ledger, since: int) -> None:
    try:
        assert ledger.changes(since, timeout_s=30).keys == ()
    except Exception as error:  # it was closed before we began to wait
        assert "closed" in str(error)
