"""StratusLab's flat configuration keys as typed values, for the address classes; every complaint names the key."""

import ipaddress
import re
from collections.abc import Mapping

from stratus.errors import ConfigError
from stratus.model.pool import MAC_PREFIX

_TRUE = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
    "": False,
}
_PLACEHOLDER = re.compile(r"(?i)(?=.*[xz])[\dxz]+(\.[\dxz]+){3}")


class SiteKeys:
    """The configuration as typed values; every complaint names the key."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, key: str) -> str:
        """The value; "" if it is unset or a placeholder."""
        value = self._values.get(key, "").strip()
        return "" if _PLACEHOLDER.fullmatch(value) else value

    def flag(self, key: str) -> bool:
        """True or False."""
        value = self.text(key).lower()
        if value not in _TRUE:
            raise ConfigError(f"{key} = {value}: this is neither True nor False")
        return _TRUE[value]

    def words(self, key: str) -> tuple[str, ...]:
        """The entries of a list, which blanks, commas or newlines part."""
        words = re.split(r"[\s,]+", self._values.get(key, "").strip())
        return tuple(word for word in words if word and not _PLACEHOLDER.fullmatch(word))

    def address(self, key: str) -> str:
        """An IPv4 address, or ""."""
        value = self.text(key)
        return str(_address(key, value)) if value else ""

    def addresses(self, key: str) -> tuple[str, ...]:
        """A list of IPv4 addresses."""
        return tuple(str(_address(key, word)) for word in self.words(key))

    def mac_prefix(self) -> str:
        """The first two bytes of the MACs that are made from addresses."""
        value = self.text("mac_prefix").lower() or MAC_PREFIX
        if not re.fullmatch(r"[0-9a-f]{2}:[0-9a-f]{2}", value) or int(value[:2], 16) & 1:
            raise ConfigError(f"mac_prefix = {value}: this is not how a card's MAC begins", hint="mac_prefix = 02:00")
        return value

    def subnet(self, network_key: str, mask_key: str) -> ipaddress.IPv4Network | None:
        """The subnet that two keys describe, or None."""
        network, mask = self.text(network_key), self.text(mask_key)
        if not network:
            return None
        _address(network_key, network)
        try:
            return ipaddress.IPv4Network(f"{network}/{mask or '255.255.255.0'}")
        except ValueError as error:
            raise ConfigError(f"{network_key} = {network} and {mask_key} = {mask} are no subnet: {error}") from error

    def domain(self, key: str) -> str:
        """A domain name, or ""."""
        value = self.text(key)
        # StratusLab's reference file has this example; served as ours it would hide the real one from guests.
        return "" if value == "example.com" else value

    def interface(self, key: str) -> str:
        """The name of a network interface."""
        value = self.text(key)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}", value):
            raise ConfigError(f"{key} = {value!r}: an interface has 1 to 15 letters, digits, - or _")
        return value

    def number(self, key: str) -> int:
        """A number of addresses."""
        value = self.text(key)
        if not value.isdecimal() or not 2 <= int(value) <= 1 << 24:
            raise ConfigError(f"{key} = {value!r}: this is not a number from 2 to {1 << 24}")
        return int(value)


def _address(key: str, value: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(value)
    except ValueError as error:
        raise ConfigError(f"{key}: {value!r} is not an IPv4 address") from error
