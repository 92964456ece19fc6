"""What an administrator says of users and groups, and what that changes. Pure."""

import dataclasses
from collections.abc import Iterable, Sequence

from stratus.errors import BadInput, Conflict, NotFound
from stratus.model.quota import NAMES, UNLIMITED, WORDS, Quota
from stratus.model.requests import AddUserRequest, ChangeGroupRequest, ChangeUserRequest
from stratus.model.user import MOST_KEYS, Group, Key, User, checked_name, keys_of

MOST = 10**9  # of anything that a quota counts
_WHY_LENGTH = 200


def new_user(request: AddUserRequest, now_s: float) -> User:
    """The user who is let in. Raises BadInput."""
    blank = User(checked_name(request.name), request.role, created_s=now_s)
    keys, groups = request.keys, request.groups
    return changed(blank, ChangeUserRequest(request.name, join=groups, keys=keys, quota=request.quota), now_s)


def changed(user: User, request: ChangeUserRequest, now_s: float) -> User:
    """The user as the request wants them. Raises BadInput, and NotFound for what they do not have."""
    enabled = user.enabled if request.enabled is None else request.enabled
    why = "" if enabled else _printable(request.why) or user.why_disabled
    return dataclasses.replace(
        user,
        role=request.role or user.role,
        enabled=enabled,
        why_disabled=why,
        groups=_groups(user, request),
        keys=_keys(user, request, now_s),
        quota=_quota(user.quota, request.quota, request.unsaid),
    )


def changed_group(group: Group, request: ChangeGroupRequest) -> Group:
    """The group as the request wants it. Raises BadInput."""
    return dataclasses.replace(group, quota=_quota(group.quota, request.quota, request.unsaid))


def differences(before: User, after: User) -> tuple[str, ...]:
    """What changes, a line each."""
    pairs = (
        ("role", before.role.value, after.role.value),
        ("may come in", _enabled(before), _enabled(after)),
        ("groups", ", ".join(before.groups), ", ".join(after.groups)),
        *quota_pairs(before.quota, after.quota),
    )
    gone = [key for key in before.keys if key not in after.keys]
    new = [key for key in after.keys if key not in before.keys]
    return (
        *lines(pairs),
        *(f"the key {key.fingerprint} opens nothing any more" for key in gone),
        *(f"the key {key.fingerprint} opens the way" for key in new),
    )


def quota_pairs(before: Quota, after: Quota) -> Iterable[tuple[str, str, str]]:
    """The name of each limit, and what it is before and after."""
    for name in NAMES:
        word = f"{WORDS[name][0]} at most"
        yield word, _limit(name, getattr(before, name)), _limit(name, getattr(after, name))


def lines(pairs: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """A line for each of them that changes."""
    return tuple(f"{what}: {was or 'none'} -> {is_now or 'none'}" for what, was, is_now in pairs if was != is_now)


def _limit(name: str, limit: int | None) -> str:
    if limit is None:
        return "not said"
    return "no limit" if limit == UNLIMITED else f"{limit}{WORDS[name][1]}"


def _enabled(user: User) -> str:
    return "yes" if user.enabled else f"no{f': {user.why_disabled}' if user.why_disabled else ''}"


def _groups(user: User, request: ChangeUserRequest) -> tuple[str, ...]:
    for name in request.leave:
        if name not in user.groups:
            raise NotFound(f"{user.name} is not in group {name}", hint=f"stratus user show {user.name}")
    left = set(user.groups) - set(request.leave)
    return tuple(sorted(left | {checked_name(name, "group") for name in request.join}))


def _keys(user: User, request: ChangeUserRequest, now_s: float) -> tuple[Key, ...]:
    gone = {key.fingerprint for wanted in request.without for key in _meant(user, wanted)}
    left = [key for key in user.keys if key.fingerprint not in gone]
    known = {key.fingerprint for key in left}
    new = keys_of(request.keys, added_s=now_s) if request.keys else ()
    fresh = {key.fingerprint: key for key in new if key.fingerprint not in known}
    if len(left) + len(fresh) > MOST_KEYS:
        raise BadInput(f"{user.name} would have {len(left) + len(fresh)} keys; {MOST_KEYS} are the most")
    return (*left, *fresh.values())


def _meant(user: User, wanted: str) -> Sequence[Key]:
    """The key that is called so: by its fingerprint, whole or its beginning, or by its comment."""
    hint = f"stratus user key list {user.name}"
    named = [key for key in user.keys if wanted and wanted in (key.fingerprint, key.comment)]
    found = named or [key for key in user.keys if len(wanted) > len("SHA256:") and key.fingerprint.startswith(wanted)]
    if not found:
        raise NotFound(f"{user.name} has no key {wanted[:80]!r}", hint=hint)
    if len(found) > 1:
        raise Conflict(f"{user.name} has {len(found)} keys {wanted[:80]!r}", hint=f"{hint}, and give a fingerprint")
    return found


def _quota(before: Quota, said: Quota, unsaid: Iterable[str]) -> Quota:
    for name in NAMES:
        limit = getattr(said, name)
        if limit is not None and not UNLIMITED <= limit <= MOST:
            raise BadInput(f"{limit} is no limit for {WORDS[name][0]}", hint=f"a number up to {MOST}, or none")
    if odd := [name for name in unsaid if name not in NAMES]:
        raise BadInput(f"there is no quota for {odd[0][:80]!r}", hint=f"one of: {', '.join(NAMES)}")
    return dataclasses.replace(said.over(before), **dict.fromkeys(unsaid))


def _printable(text: str) -> str:
    if len(text) > _WHY_LENGTH or not (text.isprintable() or not text):
        raise BadInput(f"a reason is one line of at most {_WHY_LENGTH} printable characters")
    return text
