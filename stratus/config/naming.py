"""One name from another: the key `pdisk_endpoint` is the variable STRATUSLAB_PDISK_ENDPOINT and the option
--pdisk-endpoint. The exceptions are StratusLab's own, and all of them stand here."""

_PREFIX = "STRATUSLAB_"
_VARIABLES = {
    "user_public_key_file": "STRATUSLAB_KEY",
    "selected_section": "STRATUSLAB_USER_CONFIG_SECTION",
}
_OPTIONS = {
    "user_public_key_file": "--key",
    "selected_section": "--user-config-section",
    "default_instance_type": "--type",
    "default_context_method": "--context-method",
    "pem_certificate": "--pem-cert",
    "p12_certificate": "--p12-cert",
}
_KEYS = {name: key for names in (_VARIABLES, _OPTIONS) for key, name in names.items()}


def variable_of(key: str) -> str:
    """The environment variable that sets a key."""
    return _VARIABLES.get(key, _PREFIX + key.upper())


def option_of(key: str) -> str:
    """The option that sets a key, where a command has one."""
    return _OPTIONS.get(key, "--" + key.replace("_", "-"))


def key_of(name: str) -> str:
    """The key that a variable or an option is named after; the reverse of both. "" for a word that is neither."""
    if name in _KEYS:
        return _KEYS[name]
    if name.startswith(_PREFIX):
        key = name.removeprefix(_PREFIX)
        found = key.lower() if key == key.upper() else ""
    else:
        found = name.removeprefix("--").replace("-", "_") if name.startswith("--") and "_" not in name else ""
    # A key that has another name of this kind does not answer to the regular one.
    return found if found and name in (variable_of(found), option_of(found)) else ""
