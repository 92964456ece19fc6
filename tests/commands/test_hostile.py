"""Words that want to be more than words: refused, or printed harmlessly; and the output can still be read."""

import csv
import io
import itertools
import unicodedata

import pytest
import yaml

WORDS = {
    "a quote": "'",
    "a double quote": '"',
    "a substitution": "$(reboot)",
    "backticks": "`id`",
    "a newline": "a\nb",
    "a carriage return": "a\rb",
    "a null": "a\0b",
    "64 KiB": "x" * 65536,
    "a turned direction": "\u202eevil\u2066",
    "an Arabic mark": "\u061cevil",
    "an escape sequence": "\x1b[31mred\x1b]0;title\x07",
    "a C1 control": "\x9b31m",
    "a path": "../../etc/passwd",
    "an option": "-rf",
    "two hyphens": "--",
    "a format": "%s%n{0}",
    "not ASCII": "\u00e9\u732b",
    "half a character": "\udcff",
    "a line separator": "a\u2028b",
    "many digits": "9" * 5000,
    "shell": "a;b|c&d>e",
    "nothing": "",
}
LINES = [
    ("run", "--name={}", "tiny"),
    ("run", "{}"),
    ("run", "tiny", "--type={}"),
    ("run", "tiny", "--network={}"),
    ("run", "tiny", "--address={}"),
    ("run", "tiny", "--keymap={}"),
    ("run", "tiny", "--vnc-listen={}"),
    ("run", "tiny", "--plan", "--context={}"),
    ("run", "tiny", "--plan", "--context={}=v"),
    ("run", "tiny", "--plan", "--context=K={}"),
    ("run", "tiny", "--context-file={}"),
    ("run", "tiny", "--key={}"),
    ("run", "tiny", "--cloud-init=plain,{}"),
    ("run", "tiny", "--cloud-init={},x"),
    ("kill", "--", "{}"),
    ("describe", "--", "{}"),
    ("describe", "--state={}"),
    ("describe", "--columns={}"),
    ("describe", "--sort={}"),
    ("describe", "--filter={}"),
    ("describe", "--filter={}=1"),
    ("describe", "--filter=name={}"),
    ("image", "list", "--filter=source~{}"),
    ("-c", "describe_columns={}", "describe"),
    ("why", "--", "{}"),
    ("log", "--", "{}"),
    ("wait", "--for={}", "--timeout=0.1", "1"),
    ("image", "import", "--", "{}"),
    ("image", "import", "/images/other.img", "--name={}"),
    ("image", "show", "--", "{}"),
    ("image", "delete", "--", "{}"),
    ("image", "build", "--", "{}"),
    ("image", "build", "tiny", "--name={}"),
    ("connect", "--", "{}"),
    ("console", "--", "{}"),
    ("-c", "{}", "describe"),
    ("{}",),
    ("image", "{}"),
]


def harmless(text):
    """Whether a terminal takes it for text: no controls but the end of a line, no marks that turn or hide."""
    return all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp", "Cs") for char in text)


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_a_word_is_a_word_wherever_it_stands(stratus, line):
    for name, word in WORDS.items():
        said = stratus.words(*(part.replace("{}", word) for part in line))
        assert said.status in (0, 2, 3, 4, 8, 10, 12), (name, said)
        assert harmless(said.out) and harmless(said.err), (name, said)
        assert len(said.err) < 5000, name
    names = [row["name"] for row in stratus.ok("describe -o json").json]
    assert all(name.replace("-", "").isalnum() and name.isascii() for name in names)


def test_values_of_a_context_arrive_as_they_were_given(stratus):
    from tests.commands.test_run import told

    words = [word for word in WORDS.values() if "#" not in word and "\0" not in word and "\udcff" not in word]
    for number, word in enumerate(words, 1):
        stratus.ok("run tiny --ram 16", f"--context=K={word}")
        assert dict(told(stratus, number).variables)["K"] == word


@pytest.mark.parametrize("text", [word for word in WORDS.values() if word])
def test_whatever_is_in_the_ledger_is_printed_so_that_it_can_be_read(stratus, text, node):
    """Errors carry words of guests and programs."""
    from stratus.actions import records

    stratus.ok("run tiny --name web --wait")
    cloud = stratus.open()
    instance, revision = records.instance(cloud.ledger, 1)
    kept = text.replace("\udcff", "?")
    import dataclasses

    changed = dataclasses.replace(instance, image_name=kept, error=kept, fix=kept)
    cloud.ledger.commit(records.put_instance(changed, revision))
    cloud.close()
    for line in ("describe", "describe -v web", "why web", "describe -o csv", "describe -o json", "describe -o yaml"):
        said = stratus.ok(line)
        assert harmless(said.out), (line, said.out)
    assert stratus.ok("describe -o json").json[0]["error"] == kept
    assert yaml.safe_load(stratus.ok("describe -o yaml").out)[0]["error"] == kept
    assert len(list(csv.reader(io.StringIO(stratus.ok("describe -o csv").out)))) == 2
    assert len(stratus.ok("describe").out.splitlines()) == 2


def test_no_combination_of_an_option_and_a_word_is_a_bug(stratus):
    odd = ("", "-", "--", "=", "\0", "-1", "nan", "inf", "1e400", "0x10", "\u0663")
    options = ("--cpu", "--ram", "-n", "--timeout", "--volatile-disk", "--vnc-port", "--wait", "-o")
    for option, word in itertools.product(options, odd):
        said = stratus.words("run", "tiny", "--plan", option, word)
        assert said.status in (0, 2, 5, 8), (option, word, said)
    for word in odd:
        for line in (
            ("stop", "1", "--deadline", word),
            ("wait", "1", "--timeout", word),
            ("log", "1", "--bytes", word),
        ):
            said = stratus.words(*line)
            assert said.status in (2, 3), (line, said)
