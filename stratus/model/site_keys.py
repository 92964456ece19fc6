"""StratusLab's flat configuration keys as typed values, for the address classes; every complaint names the key."""

import ipaddress
from collections.abc import Callable, Mapping
from typing import TypeVar

from stratus.errors import ConfigError
from stratus.model import site_values
from stratus.model.pool import MAC_PREFIX

T = TypeVar("T")
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


class SiteKeys:
    """The configuration as typed values; every complaint names the key."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, key: str) -> str:
        """The value; "" if it is unset or a placeholder."""
        return self._read(site_values.single, key)

    def flag(self, key: str) -> bool:
        """True or False."""
        value = self.text(key).lower()
        if value not in _TRUE:
            raise ConfigError(f"{key} = {value}: this is neither True nor False")
        return _TRUE[value]

    def address(self, key: str) -> str:
        """An IPv4 address, or ""."""
        return self._read(site_values.address, key)

    def addresses(self, key: str) -> tuple[str, ...]:
        """A list of IPv4 addresses."""
        return self._read(site_values.addresses, key)

    def macs(self, key: str) -> tuple[str, ...]:
        """A list of MACs."""
        return self._read(site_values.macs, key)

    def mac_prefix(self, key: str) -> str:
        """The first two bytes of the MACs that are made from addresses."""
        return self._read(site_values.mac_prefix, key) or MAC_PREFIX

    def subnet(self, network_key: str, mask_key: str) -> ipaddress.IPv4Network | None:
        """The subnet that two keys describe, or None."""
        network, mask = self.address(network_key), self.text(mask_key)
        if not network:
            return None
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
        return self._read(site_values.interface, key)

    def number(self, key: str) -> int:
        """A number of addresses."""
        value = self.text(key)
        if not value.isdecimal() or not 2 <= int(value) <= 1 << 24:
            raise ConfigError(f"{key} = {value!r}: this is not a number from 2 to {1 << 24}")
        return int(value)

    def _read(self, kind: Callable[[str], T], key: str) -> T:
        text = self._values.get(key, "")
        try:
            return kind(text)
        except ValueError as wrong:
            raise ConfigError(f"{key}: {text.strip()!r} {wrong}") from wrong
