"""group add, quota, remove: what users may have together."""

import dataclasses
from functools import partial

from stratus.actions import records, retry
from stratus.actions.users import lookup
from stratus.actions.users.change import planned
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model.people import changed_group, lines, quota_pairs
from stratus.model.quota import Usage
from stratus.model.requests import Actor, ChangeGroupRequest, RemoveGroupRequest
from stratus.model.user import Group, checked_name
from stratus.model.user_views import ChangedGroup


def change(cloud: Cloud, request: ChangeGroupRequest, actor: Actor) -> ChangedGroup:
    """The group, made or changed; with `plan`, what would change. Raises NotFound, BadInput, Conflict (it is there)."""
    return retry.on_conflict(cloud, partial(_change, cloud, request))


def remove(cloud: Cloud, request: RemoveGroupRequest, actor: Actor) -> ChangedGroup:
    """The group, as it was; its members are in it no more. With `plan`, nothing is changed. Raises NotFound."""
    return retry.on_conflict(cloud, partial(_remove, cloud, request))


def _change(cloud: Cloud, request: ChangeGroupRequest) -> ChangedGroup:
    name, ledger = checked_name(request.name, "group"), cloud.ledger
    if request.new and ledger.get(records.GROUP, name) is not None:
        raise Conflict(f"there is a group {name} already", hint=f"stratus group quota {name}")
    before, revision = (Group(name, created_s=cloud.clock()), 0) if request.new else lookup.group(ledger, name)
    after = changed_group(before, request)
    if request.plan:
        titles = lines(quota_pairs(before.quota, after.quota))
        return ChangedGroup(before, planned("add" if request.new else "change", f"group {name}", titles))
    changes = [records.put_group(after, revision)] if request.new or after != before else []
    if request.new:
        changes.append(records.put_usage(records.usage_key(name, of_group=True), Usage(), 0))
    cloud.ledger.commit(changes)
    return ChangedGroup(after)


def _remove(cloud: Cloud, request: RemoveGroupRequest) -> ChangedGroup:
    group, revision = lookup.group(cloud.ledger, request.name)
    members = lookup.members(cloud.ledger, group.name)
    if request.plan:
        titles = tuple(f"{user.name} is in it no more" for user in members)
        return ChangedGroup(group, planned("remove", f"group {group.name}", titles))
    _, counted = records.usage(cloud.ledger, records.usage_key(group.name, of_group=True))
    own = Delete(records.USAGE, records.usage_key(group.name, of_group=True), counted) if counted else None
    changes: list[Put | Delete] = [Delete(records.GROUP, group.name, revision), *([own] if own else ())]
    for member in members:
        user, found = lookup.user(cloud.ledger, member.name)
        left = tuple(name for name in user.groups if name != group.name)
        changes.append(records.put_user(dataclasses.replace(user, groups=left), found))
    cloud.ledger.commit(changes)
    return ChangedGroup(group)
