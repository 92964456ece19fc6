"""Passwords as login files have them: plain, by the formats of Jetty's password files, or by argon2.

MD5: and CRYPT: are easily broken and OBF: hides nothing; they are there for StratusLab's services, which know no
better ones. Argon2id has the parameters of RFC 9106's second recommendation, as argon2-cffi chooses them.
"""

import hashlib
import hmac
import re

from stratus.errors import BadInput

ARGON2 = re.compile(r"\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
FORMATS = ("argon2", "md5", "crypt", "obf", "plain")
LONGEST = 1024  # bytes; who checks a password must not be kept busy by its length
HEEDED = 8  # bytes of a password, by DES crypt
_OBF_PART = 4  # characters for a byte and its opposite one; five, with a U before them, where one is not ASCII
_BYTE = 256


def hash_of(password: str, form: str, *, user: str = "") -> str:
    """The password in one of `FORMATS`; DES crypt is salted with the user's name. Raises BadInput."""
    if not password or "\0" in password:
        raise BadInput("a password is not empty, and has no NUL in it")
    secret = password.encode("utf-8", "surrogateescape")
    if len(secret) > LONGEST:
        raise BadInput(f"a password has at most {LONGEST} bytes")
    if form == "argon2":
        from argon2 import PasswordHasher

        return PasswordHasher().hash(secret)
    if form == "md5":
        return f"MD5:{hashlib.md5(secret, usedforsecurity=False).hexdigest()}"
    if form == "crypt":
        return f"CRYPT:{des_crypt(secret[:HEEDED], salt_of(user))}"
    if form == "obf":
        return f"OBF:{_obfuscated(secret)}"
    if "," in password or form_of(password) != "plain" or password != password.strip():
        raise BadInput("a plain password has no comma, no blank at its ends, and no beginning that names a format")
    return password


def is_right(kept: str, password: str) -> bool:
    """Whether a password is the one that is kept, in whatever format. What is damaged is nobody's password."""
    secret = password.encode("utf-8", "surrogateescape")
    form = form_of(kept)
    if not secret or len(secret) > LONGEST:
        return False
    if form == "argon2":
        return _is_right_by_argon2(kept, secret)
    rest = kept.partition(":")[2]
    if form == "md5":
        return _same(rest.lower(), hashlib.md5(secret, usedforsecurity=False).hexdigest())
    if form == "crypt":
        salted = re.fullmatch(r"([./A-Za-z0-9]{2})[./A-Za-z0-9]{11}", rest)
        return (
            bool(salted)
            and b"\0" not in secret
            and _same(rest, des_crypt(secret[:HEEDED], salted[1] if salted else ""))
        )
    if form == "obf":
        return _same(rest, _obfuscated(secret))
    return _same(kept, password)


def salt_of(user: str) -> str:
    """The two characters that salt the user's password: the first of the name that a salt may have, then dots."""
    return re.sub(r"[^./A-Za-z0-9]", "", f"{user}..")[:2]


def des_crypt(secret: bytes, salt: str) -> str:
    """crypt(3) as it was in the beginning: the salt, and eleven characters more."""
    # Python 3.13 has no crypt module any more.
    from passlib.hash import des_crypt as algorithm

    return str(algorithm.using(salt=salt).hash(secret))


def _is_right_by_argon2(kept: str, secret: bytes) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(kept, secret)
    except (Argon2Error, InvalidHashError):
        return False


def form_of(kept: str) -> str:
    """Which of `FORMATS` a kept password is in."""
    if kept.startswith("$argon2"):
        return "argon2"
    name, colon, _ = kept.partition(":")
    return name.lower() if colon and name in ("MD5", "CRYPT", "OBF") else "plain"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))


def _obfuscated(secret: bytes) -> str:
    """Jetty's OBF:, by which each byte goes with its opposite one, as numbers to the base of 36."""
    parts = []
    for one, other in zip(secret, reversed(secret), strict=True):
        if one > 127 or other > 127:  # in Java these are below 0
            parts.append("U" + _base36(one * _BYTE + other))
        else:
            parts.append(_base36((127 + one + other) * _BYTE + 127 + one - other))
    return "".join(parts)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(_OBF_PART, "0")
