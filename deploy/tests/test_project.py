"""The helpers of these tests."""

import re
from pathlib import Path

import pytest

from project import output_of, run


def test_what_is_parsed_holds_no_messages():
    assert output_of("sh", "-c", "echo Downloading >&2; echo '{}'; echo Downloaded >&2") == "{}\n"


def test_a_failure_shows_the_messages():
    with pytest.raises(AssertionError, match="no such crate"):
        output_of("sh", "-c", "echo '{}'; echo no such crate >&2; exit 1")


def test_messages_of_both_streams_are_read():
    assert run("sh", "-c", "echo out; echo err >&2; exit 3") == (3, "out\nerr\n")


def test_nobody_parses_both_streams_as_one():
    for path in Path(__file__).parent.glob("*.py"):
        text = path.read_text()
        merged = re.findall(r"^ *\w+, (\w+) = run\(", text, re.MULTILINE)
        for name in set(merged) - {"_"}:
            assert not re.search(rf"\bload\w*\({name}\b", text), f"{path.name} parses {name}"
        assert "stderr=subprocess.STDOUT" not in text.replace('"stderr=subprocess.STDOUT"', ""), path.name
