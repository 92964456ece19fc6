"""What is not for everybody's eyes, in texts that are. Pure."""

import re
from typing import Any

HIDDEN = "***"
# What stands before the last @ of a URL's authority: user and password.
_IN_URL = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,15}://)[^/?#\s]*@")


def masked(text: str) -> str:
    """`text` without the users and passwords of the URLs in it."""
    return _IN_URL.sub(rf"\1{HIDDEN}@", text)


def masked_within(data: Any) -> Any:
    """JSON types with every text in them masked."""
    if isinstance(data, str):
        return masked(data)
    if isinstance(data, dict):
        return {key: masked_within(item) for key, item in data.items()}
    return [masked_within(item) for item in data] if isinstance(data, list) else data
