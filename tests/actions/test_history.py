"""Histories and other documents that several processes write: no update is lost."""

import threading

import pytest

from stratus.actions import records, retry
from stratus.errors import LedgerConflict
from stratus.model.history import Entry
from stratus.model.states import State


def entry(cause):
    return Entry(1.0, State.RUNNING, cause)


def test_two_who_read_the_same_history_do_not_both_write_it(site):
    ledger = site.cloud.ledger
    one, other = (records.add_to_history(ledger, 7, entry(cause)) for cause in ("one", "other"))
    ledger.commit([one])
    with pytest.raises(LedgerConflict):
        ledger.commit([other])


def test_what_many_remember_at_once_is_all_there(site):
    ledger = site.cloud.ledger

    def remember(number):
        retry.on_conflict(site.cloud, lambda: ledger.commit([records.add_to_history(ledger, 7, entry(str(number)))]))

    threads = [threading.Thread(target=remember, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {found.cause for found in records.history(ledger, 7).entries} == {str(number) for number in range(20)}


def test_a_conflict_that_never_ends_is_told(site):
    from dataclasses import replace

    calls = []

    def refuse():
        calls.append(1)
        raise LedgerConflict("somebody else was first")

    with pytest.raises(LedgerConflict):
        retry.on_conflict(replace(site.cloud, pause=lambda _: None), refuse)
    assert len(calls) == retry.ATTEMPTS + 1
