"""Sources: where the configuration of one command line comes from."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from stratus.config.alias import Alias, aliases_in
from stratus.config.config import Config
from stratus.config.load import SITE_FILE, USER_FILE, load
from stratus.model.paths import DEFAULT_CONFIG_DIR
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Sources:
    """The environment, what the options say, and the user's file if it is not the usual one."""

    environ: Mapping[str, str]
    overrides: Mapping[str, str] = field(default_factory=dict)
    user_file: str | None = None
    site_file: str | None = None

    @property
    def site(self) -> Path:
        """The site's file; STRATUSLAB_CONFIG_DIR says where it is."""
        folder = self.environ.get("STRATUSLAB_CONFIG_DIR") or DEFAULT_CONFIG_DIR
        return Path(self.site_file or Path(folder) / SITE_FILE)

    @property
    def user(self) -> Path | None:
        """The user's file; None for somebody without a home."""
        if self.user_file:
            return Path(self.user_file)
        home = self.environ.get("HOME")
        return Path(home) / USER_FILE if home else None

    def aliases(self) -> Mapping[str, Alias]:
        """The aliases of the site and of the user, whose own win; nothing else is checked. Raises ConfigError."""
        return aliases_in(self.site, self.user)

    def load(self) -> Config:
        """The layers, laid over each other. Raises ConfigError."""
        return load(
            site_file=self.site,
            home=self.environ.get("HOME"),
            environ=self.environ,
            overrides=self.overrides,
            user_file=self.user_file,
        )
