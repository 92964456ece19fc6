"""How StratusLab's configuration writes addresses, masks, MACs, interfaces and folders: text in, value out.

What is wrong with a text is a ValueError whose message goes on after it: "'abc' " and then "is not an IPv4 address". An
unset value and a placeholder of the reference file (`x.x.x.x`) are empty.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network

_PLACEHOLDER = re.compile(r"(?i)(?=.*[xyz])[\dxyz]+(\.[\dxyz]+){3}")
_LONGEST_PATH, _LONGEST_NAME = 1000, 255
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def single(text: str) -> str:
    """The value; "" if it is unset or a placeholder."""
    value = text.strip()
    return "" if _PLACEHOLDER.fullmatch(value) else value


def words(text: str) -> tuple[str, ...]:
    """The entries of a list, which blanks, commas or newlines part."""
    return tuple(word for word in re.split(r"[\s,]+", text.strip()) if word and not _PLACEHOLDER.fullmatch(word))


def address(text: str) -> str:
    """An IPv4 address, or ""."""
    value = single(text)
    if value and not _is_address(value):
        raise ValueError("is not an IPv4 address")
    return value


def addresses(text: str) -> tuple[str, ...]:
    """IPv4 addresses."""
    found = words(text)
    for word in found:
        if not _is_address(word):
            raise ValueError(f"has {word!r} in it, which is not an IPv4 address")
    return found


def netmask(text: str) -> str:
    """A mask, as 255.255.255.0 or as the number of its bits; or ""."""
    value = single(text)
    try:
        IPv4Network(f"0.0.0.0/{value or 0}")
    except ValueError as error:
        raise ValueError("is not a network mask") from error
    return value


def macs(text: str) -> tuple[str, ...]:
    """The MACs of network cards, in small letters."""
    found = tuple(word.lower() for word in words(text))
    for mac in found:
        if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1:
            raise ValueError(f"has {mac!r} in it, which is not a card's MAC")
    return found


def mac_prefix(text: str) -> str:
    """The first two bytes of the MACs that are made from addresses."""
    value = text.strip().lower()
    if value and (not re.fullmatch(r"[0-9a-f]{2}:[0-9a-f]{2}", value) or int(value[:2], 16) & 1):
        raise ValueError("is not how a card's MAC begins, as 02:00 is")
    return value


def interface(text: str) -> str:
    """The name of a network interface."""
    value = single(text)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}", value):
        raise ValueError("is not 1 to 15 letters, digits, - or _, as an interface has")
    return value


def account(text: str) -> str:
    """The name of an account of the machine's, which is not root's: programs of ours run as it."""
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", text) or text == "root":
        raise ValueError("is not 1 to 32 small letters, digits, - or _, as an account has")
    return text


def folder(text: str) -> str:
    """The absolute path of a folder that is ours: files are made in it, and it is removed with all that it has."""
    _, *parts = text.split("/")
    if not text.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise ValueError("is not the absolute path of a folder, as /var/lib/stratus is")
    if len(text.encode()) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        raise ValueError("is too long for a folder")
    return text


# What a configspec calls them.
KINDS: Mapping[str, Callable[[str], object]] = {
    "account": account,
    "address": address,
    "addresses": addresses,
    "netmask": netmask,
    "macs": macs,
    "mac_prefix": mac_prefix,
    "interface": interface,
    "folder": folder,
}


def _is_address(word: str) -> bool:
    try:
        IPv4Address(word)
    except ValueError:
        return False
    return True
