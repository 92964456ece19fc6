"""What owners and their groups hold: read once when asked for, checked against quotas, saved with what was promised."""

from collections.abc import Iterable, Sequence

from stratus.actions import records
from stratus.actions.users import lookup
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Ledger, Put
from stratus.errors import QuotaExceeded
from stratus.model.quota import Excess, Quota, Usage, excess, said, total
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Account:
    """What an owner, or the members of a group together, hold, as it was read and as it shall be saved."""

    whose: str  # as people read it
    quota: Quota
    held: Usage
    revision: int


class Accounts:
    """The accounts that one transaction is about. Whoever saves `changes` conflicts with everybody who took something
    of the same owner or group meanwhile: a race for the last unit has one winner."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._accounts: dict[str, Account] = {}
        self._keys: dict[str, tuple[str, ...]] = {}  # of each owner: their own account, and those of their groups
        self._touched: set[str] = set()

    def take(self, owner: str, wanted: Usage) -> None:
        """Count it, if the quotas of the owner and of their groups have it. Raises QuotaExceeded with the numbers."""
        over = [
            _refusal(account, found)
            for account in self.of(owner)
            if (found := excess(account.quota, account.held, wanted))
        ]
        if over:
            raise QuotaExceeded("; ".join(over), hint="stratus usage, and stop or kill something")
        self.add(owner, wanted)

    def add(self, owner: str, change: Usage) -> None:
        """Count it, whether the quotas have it or not; what is given back is below nothing."""
        if change.is_nothing:
            return
        for key in self._of(owner):
            account = self._accounts[key]
            held = account.held.plus(change).not_below_nothing()
            self._accounts[key] = Account(account.whose, account.quota, held, account.revision)
            self._touched.add(key)

    def of(self, owner: str) -> tuple[Account, ...]:
        """The owner's own account, and those of their groups."""
        return tuple(self._accounts[key] for key in self._of(owner))

    def changes(self) -> list[Put]:
        """The changes that save what was counted; they conflict when somebody else counted meanwhile."""
        return [
            records.put_usage(key, self._accounts[key].held, self._accounts[key].revision)
            for key in sorted(self._touched)
        ]

    def _of(self, owner: str) -> tuple[str, ...]:
        if owner not in self._keys:
            self._keys[owner] = tuple(self._read(owner))
        return self._keys[owner]

    def _read(self, owner: str) -> Iterable[str]:
        """What is held is read before who the owner is: whoever changes their groups writes both, so that what was
        read in between conflicts."""
        ledger, own = self._cloud.ledger, records.usage_key(owner)
        held, revision = held_by_owner(ledger, owner)
        user = lookup.find(ledger, owner)
        # Who is not in the ledger has no limit: an administrator on the front end itself.
        quota = user.quota.over(self._cloud.settings.default_quota) if user else Quota()
        self._accounts[own] = Account(owner, quota, held, revision)
        yield own
        for name in user.groups if user else ():
            key = records.usage_key(name, of_group=True)
            if key not in self._accounts:
                self._accounts[key] = _of_group(ledger, name)
            yield key


def held_by_owner(ledger: Ledger, owner: str) -> tuple[Usage, int]:
    """What an owner holds, and the revision of its document; counted from the instances when there is none yet, as in
    a ledger from before there were quotas."""
    held, revision = records.usage(ledger, records.usage_key(owner))
    return (held, revision) if revision else (total(records.instances(ledger, {"owner": owner})), 0)


def _of_group(ledger: Ledger, name: str) -> Account:
    held, revision = records.usage(ledger, records.usage_key(name, of_group=True))
    found = ledger.get(records.GROUP, name)
    return Account(f"group {name}", lookup.group_of(found).quota if found else Quota(), held, revision)


def _refusal(account: Account, over: Sequence[Excess]) -> str:
    return f"the quota of {account.whose} is reached: {'; '.join(map(said, over))}"
