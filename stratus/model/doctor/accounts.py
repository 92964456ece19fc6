"""What the ledger says that cannot be true, whatever the nodes have: leases, names, counters, orders."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import Count, Forget, Hold, Settle
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.instance import Instance
from stratus.model.node import Used


def accounts(books: Books) -> Iterator[Finding]:
    """The findings of the ledger alone."""
    yield from _leases(books)
    yield from _addresses_twice(books)
    yield from _counters(books)
    yield from _orders(books)
    yield from _image_names(books)


def address_key(instance: Instance) -> str:
    """The key under which the ledger keeps its address."""
    return f"{instance.lease.network}/{instance.lease.address}"


def name_key(instance: Instance) -> str:
    """The key under which the ledger keeps its name: two owners' instances may have one."""
    return f"{instance.owner}/{instance.name}"


def _old_name_key(books: Books, instance: Instance) -> str:
    """The key under which ledgers kept names before each owner had names of their own, if that is how it is kept."""
    kept = books.names.get(instance.name)
    return instance.name if kept and kept.value == instance.id else name_key(instance)


def _leases(books: Books) -> Iterator[Finding]:
    """An address or a name is held by exactly the instance whose lease it is."""
    holders = {kept.value.id: kept.value for kept in books.instances.values() if kept.value.holds_lease}
    for kind, held, key_of in (
        ("address", books.addresses, address_key),
        ("name", books.names, partial(_old_name_key, books)),
    ):
        for key, kept in held.items():
            owner = holders.get(kept.value)
            if owner is None or key_of(owner) != key:
                what = f"the {kind} {key} is held for instance {kept.value}, which does not have it"
                mend = Mend(corrections=(Forget(kind, key, kept.revision),))
                yield Finding(f"{kind}-unused", Severity.WARNING, "", what, mend)
        for instance in holders.values():
            if key_of(instance) not in held:
                what = f"the {kind} {key_of(instance)} of instance {instance.id} is held by nobody"
                hold = Hold(kind, key_of(instance), instance)
                mend = Mend(corrections=(hold,))
                yield Finding(f"{kind}-missing", Severity.ERROR, instance.node, what, mend)


def _addresses_twice(books: Books) -> Iterator[Finding]:
    users: dict[str, list[int]] = defaultdict(list)
    for number, kept in sorted(books.instances.items()):
        if kept.value.holds_lease:
            users[address_key(kept.value)].append(number)
    for key, numbers in sorted(users.items()):
        if len(numbers) > 1:
            holder = books.addresses.get(key)
            other = next((number for number in numbers if holder is None or number != holder.value), numbers[-1])
            what = f"the address {key} is that of the instances {', '.join(map(str, numbers))}"
            yield Finding("address-twice", Severity.ERROR, "", what, Mend(command=f"stratus kill {other}"))


def _counters(books: Books) -> Iterator[Finding]:
    for name, kept in sorted(books.nodes.items()):
        node = kept.value
        there = [one.value for one in books.instances.values() if one.value.node == name]
        true = Used(
            vcpu=sum(one.cpu for one in there if one.holds_capacity),
            ram_mib=sum(one.ram_mib for one in there if one.holds_capacity),
            disk_mib=sum(one.disk_mib for one in there if one.holds_lease),
            instances=sum(one.holds_lease for one in there),
        )
        if node.used != true:
            what = f"{name} counts {_said(node.used)} as promised; its instances have {_said(true)}"
            mend = Mend(corrections=(Count(name, true, kept.revision),))
            yield Finding("capacity", Severity.ERROR, name, what, mend)


def _said(used: Used) -> str:
    return f"{used.vcpu} CPU, {used.ram_mib} MiB, {used.disk_mib} MiB of disk for {used.instances} instances"


def _orders(books: Books) -> Iterator[Finding]:
    """An order is about a living instance (or about the node itself), and an instance in hand has its order."""
    for order_id, kept in sorted(books.orders.items()):
        order = kept.value.order
        if order.instance_id in books.ended:
            what = f"order {order_id} ({order.verb}) is about instance {order.instance_id}, which is done"
            mend = Mend(corrections=(Forget("order", order_id, kept.revision),))
            yield Finding("order-of-ended", Severity.WARNING, kept.value.node, what, mend)
    for number, one in sorted(books.instances.items()):
        if one.value.order and one.value.order not in books.orders:
            what = f"instance {number} is {one.value.state} and waits for order {one.value.order}, which is not there"
            correction = Settle(number, one.revision)
            mend = Mend(one.value.node, number, one.revision, corrections=(correction,), look=True)
            yield Finding("order-missing", Severity.ERROR, one.value.node, what, mend)


def _image_names(books: Books) -> Iterator[Finding]:
    for name, kept in sorted(books.image_names.items()):
        if kept.value not in books.images:
            what = f"the image name {name} leads to {kept.value}, which is not there"
            mend = Mend(corrections=(Forget("image-name", name, kept.revision),))
            yield Finding("image-name-unused", Severity.WARNING, "", what, mend)
