"""The lock of what the tests need: whole, by hash, and within what pyproject.toml allows."""

import re
import tomllib

from packaging.requirements import Requirement

from tests.support.running.program import ROOT


def locked() -> dict[str, str]:
    lines = [x for x in (ROOT / ".ci/lock.txt").read_text().splitlines() if x[0] != "#"]
    pattern = re.compile(r"([a-z0-9.-]+)==(\S+) --hash=sha256:[0-9a-f]{64}")
    found = {}
    for line in lines:
        match = pattern.fullmatch(line)
        assert match, line
        found[match[1]] = match[2]
    assert len(found) == len(lines) > 50
    return found


def test_every_dependency_stands_in_the_lock_at_a_version_that_is_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = locked()
    extras = project["optional-dependencies"].values()
    for line in (*project["dependencies"], *(line for extra in extras for line in extra)):
        wanted = Requirement(line)
        name = wanted.name.lower().replace("_", "-")
        assert name in versions, f"{name} is not locked: run .ci/lock"
        assert wanted.specifier.contains(versions[name]), f"{line}: run .ci/lock"
