"""Keys: the one that opens the nodes and nothing else, and the node's host key as the front end knows it."""

from stratus.install.deeds import Deed, Run, Write
from stratus.install.facts import Facts, Wish


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Make the front end's key pair, unless it is there."""
    if not wish.frontend:
        return ()
    return make_pair(
        facts, wish.front_end.private_key, account=(wish.admin, wish.admin_group), comment="stratus front end"
    )


def make_pair(facts: Facts, path: str, *, account: tuple[str, str], comment: str) -> tuple[Deed, ...]:
    """Make a key pair without a passphrase, unless it is there; half a pair was interrupted, and made anew."""
    if path in facts.files and f"{path}.pub" in facts.files:
        return ()
    argv = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
    make = Run(argv, account=account, makes=(path, f"{path}.pub"))
    return (Run(("rm", "-f", path, f"{path}.pub")), make) if path in facts.files else (make,)


def plan_pinning(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """The node's host key under its name in the front end's known_hosts; the lines of other nodes stay."""
    if not (wish.frontend and wish.node and wish.node_link == "ssh"):
        return ()
    host_key = facts.files.get(f"{wish.host_key}.pub")
    public = " ".join(host_key.text.split()[:2]) if host_key else "(the host key, when it is made)"
    line = f"{wish.node_name} {public}"
    found = facts.files.get(wish.front_end.known_hosts)
    lines = found.text.splitlines() if found else []
    if line in lines:
        return ()
    others = [other for other in lines if other.split(" ")[0] != wish.node_name]
    text = "\n".join([*others, line]) + "\n"
    return (Write(wish.front_end.known_hosts, text, 0o600, wish.admin, wish.admin_group),)
