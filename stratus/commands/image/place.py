"""Where an image is, as the store shall be told: URLs as they are, paths absolute."""

import os
import re


def place_of(text: str) -> str:
    """A path made absolute from here; a URL or a plain name as it stands."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) or "/" not in text:
        return text
    return os.path.abspath(os.path.expanduser(text))
