"""The reference files: every key with its help and default, as a file that could be used as it stands."""

import textwrap
from collections.abc import Iterable, Iterator

from stratus.config.keys import Key, known_keys

_SITE_HEAD = """\
# Every key that stratuslab.cfg may have, with its default. Copy what differs on your site to stratuslab.cfg.
# A value goes on in the next line when that begins with a blank. %(key)s stands for another key's value.
"""
_USER_HEAD = """\
# Every key of ~/.stratuslab/stratuslab-user.cfg, with its default. Copy it there and fill in what differs.
# The section [cloud] may have another name, and there may be several; selected_section, -S or
# STRATUSLAB_USER_CONFIG_SECTION chooses. [instance_types] has lines: name = CPUS, RAM in MiB, SWAP in MiB
# [alias] has lines: name = the words behind `stratus` that it stands for
"""
_FREE = """
[instance_types]

# my.type = 1, 1024, 1024

[alias]

# up = run tiny --wait=ssh
"""


def site_reference() -> str:
    """The text of conf/stratuslab.cfg.ref."""
    return _SITE_HEAD + "".join(_sections(key for key in known_keys().values() if not key.user))


def user_reference() -> str:
    """The text of conf/stratuslab-user.cfg.ref."""
    keys = (key for key in known_keys().values() if key.user)
    return _USER_HEAD + "".join(_sections(keys)) + _FREE


def _sections(keys: Iterable[Key]) -> Iterator[str]:
    section = ""
    for key in keys:
        if key.section != section:
            section = key.section
            yield f"\n[{section}]\n"
        help_lines = "".join(f"# {line}\n" for line in textwrap.wrap(key.help, 110))
        yield f"\n{help_lines}{key.name} = {key.default}".rstrip() + "\n"
