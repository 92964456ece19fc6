"""Who a name or a key is."""

from dataclasses import replace

import pytest

from stratus.actions import records
from stratus.actions.users import lookup
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.errors import Denied, LedgerConflict, NotFound
from stratus.model.user import Key, User

KEY = Key("SHA256:abc", "ssh-ed25519", "AAAA")
ALICE = User("alice", keys=(KEY,))


def a_ledger(user: User = ALICE) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.commit([records.put_user(user, 0), records.put_key(KEY.fingerprint, "alice")])
    return ledger


def test_a_key_is_its_user_s() -> None:
    ledger = a_ledger()
    assert lookup.user_of_key(ledger, KEY.fingerprint) == ALICE
    assert lookup.user_of_key(ledger, "SHA256:abd") is None and lookup.user_of_key(ledger, "") is None


@pytest.mark.parametrize("user", [replace(ALICE, enabled=False), replace(ALICE, keys=())])
def test_a_key_of_a_disabled_user_or_one_that_was_taken_away_is_nobody_s(user: User) -> None:
    assert lookup.user_of_key(a_ledger(user), KEY.fingerprint) is None


def test_a_key_has_one_owner() -> None:
    with pytest.raises(LedgerConflict):
        a_ledger().commit([records.put_key(KEY.fingerprint, "bob")])


def test_a_disabled_user_does_not_act_and_is_told_why() -> None:
    with pytest.raises(Denied, match="alice is disabled: has left"):
        lookup.who_may_act(a_ledger(replace(ALICE, enabled=False, why_disabled="has left")), "alice")
    with pytest.raises(NotFound, match="no user is called 'bob'"):
        lookup.who_may_act(a_ledger(), "bob")
