"""Packaging of stratus: `pip install .` gives the commands; `pip install .[node]` what a node needs besides."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "stratus/__init__.py").read_text())
assert VERSION

NOT_TYPED = ("stratus-nodeagent", "stratus-gate")  # sshd starts them
PROGRAMS = [
    "stratus = stratus.__main__:main",
    "stratus-nodeagent = stratus.nodeagent.__main__:main",
    "stratus-gate = stratus.gate.__main__:main",
    # StratusLab's names, as stratus.commands.stratuslab.names has them.
    "stratus-run-instance = stratus.commands.stratuslab.__main__:installed",
    "stratus-run-cluster = stratus.commands.stratuslab.__main__:installed",
    "stratus-describe-instance = stratus.commands.stratuslab.__main__:installed",
    "stratus-kill-instance = stratus.commands.stratuslab.__main__:installed",
    "stratus-shutdown-instance = stratus.commands.stratuslab.__main__:installed",
    "stratus-connect-instance = stratus.commands.stratuslab.__main__:installed",
    "stratus-install = stratus.commands.stratuslab.__main__:installed",
    "stratus-config = stratus.commands.stratuslab.__main__:installed",
    "stratus-copy-config = stratus.commands.stratuslab.__main__:installed",
    "stratus-prepare-context = stratus.commands.stratuslab.__main__:installed",
    "stratus-hash-password = stratus.commands.stratuslab.__main__:installed",
]


def completions():
    """What `stratus completion SHELL` prints, in files that each shell looks for by the command's name."""
    names = [program.partition(" ")[0] for program in PROGRAMS if program.split()[0] not in NOT_TYPED]
    folders = {}
    for shell, folder, called in (
        ("bash", "share/bash-completion/completions", names),
        ("zsh", "share/zsh/site-functions", ["_stratus"]),
        ("fish", "share/fish/vendor_completions.d", [f"{name}.fish" for name in names]),
    ):
        text = (HERE / f"stratus/commands/completion/stratus.{shell}").read_text().replace("@NAMES@", " ".join(names))
        place = HERE / "build/completion" / shell
        place.mkdir(parents=True, exist_ok=True)
        for name in called:
            (place / name).write_text(text)
        folders[folder] = [str((place / name).relative_to(HERE)) for name in called]
    return list(folders.items())


setup(
    name="stratus-cloud",
    version=VERSION.group(1),
    description="The darn simple cloud: a handful of Linux machines that answer to SSH become an IaaS cloud",
    long_description=(HERE / "README.md").read_text() if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["stratus", "stratus.*"]),
    include_package_data=True,
    package_data={
        "": [
            "*.sh",
            "*.cfg",
            "*.ini",
            "*.spec",
            "*.service",
            "*.json",
            "init",
            "*.script",
            "*.conf",
            "*.bash",
            "*.zsh",
            "*.fish",
            "help.txt",  # a link to man/
        ],
        "stratus.config": ["reference/*"],  # a link to conf/
        # The files of the demonstration appliance's guest.
        "stratus.drivers.appliance": [
            "tiny/*",
            "tiny/root/*",
            "tiny/root/etc/*",
            "tiny/root/etc/acpi/PWRF/*",
            "tiny/root/lib/stratus/*",
            "cluster/root/bin/*",
            "cluster/root/etc/*",
            "cluster/root/etc/init.d/*",
            "cluster/root/etc/ssh/*",
            "cluster/root/lib/stratus/*",
        ],
    },
    # `man` looks beside the bin/ of PATH, in an environment too.
    data_files=[
        (f"share/man/man{number}", sorted(str(page.relative_to(HERE)) for page in (HERE / "man").glob(f"*.{number}")))
        for number in (1, 5, 7, 8)
    ]
    + completions(),
    install_requires=[
        "click>=8.1",
        "rich>=13",
        "configobj>=5.0.9",
        "requests>=2.32",
        "paramiko>=3.4",
        "lxml>=6,<7",
        "pexpect>=4.9",
        "dirq>=1.8",
        "pycdlib>=1.14",
        "PyYAML>=6",
        "libpass>=1.9",  # StratusLab's password hashes; the kept continuation of passlib
        "argon2-cffi>=23.1",
        "javaproperties>=0.8",  # login-pswd.properties
    ],
    extras_require={
        "node": ["libvirt-python>=9"],
        "market": ["xmlsec>=1.3.17,<1.4"],
        "dev": [
            "setuptools",
            "pytest>=9",
            "pytest-xdist",
            "pytest-timeout",
            "hypothesis",
            "ruff",
            "mypy",
            "types-requests",
            "types-paramiko",
            "types-PyYAML",
            "types-lxml",
        ],
    },
    # bin/ has the launchers of a checkout; an installed package gets its own.
    entry_points={
        "console_scripts": PROGRAMS,
    },
)
