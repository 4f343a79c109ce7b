"""The official conformance suite, with us as the client.

Run with ``pytest -m long tests/app/tools/mcp/published``; npm fetches the suite, and Node 22 where
there is none, as ``tests/support/mcp/packages.py`` says.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mcp.packages import node_folder, npm_programs
from tests.support.running.program import ROOT

pytestmark = pytest.mark.long

#: Of authorization, in both eras, and what only today's has.
LOGINS = (
    *("metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "basic-cimd"),
    *("scope-from-www-authenticate", "scope-from-scopes-supported", "scope-omitted-when-undefined"),
    *("scope-step-up", "scope-retry-limit", "pre-registration"),
    *(f"token-endpoint-auth-{method}" for method in ("basic", "post", "none")),
)
NEW_LOGINS = (
    *("resource-mismatch", "offline-access-scope", "offline-access-not-supported"),
    *("authorization-server-migration", "metadata-issuer-mismatch"),
    *("iss-supported", "iss-not-advertised", "iss-supported-missing"),
    *("iss-wrong-issuer", "iss-unexpected", "iss-normalized"),
)

#: Left out of the era before: it asks the user on a stream of its own, which we do not open.
LEFT_OUT = "elicitation-sep1034-client-defaults"

#: All that are scored but that one.
SCENARIOS = {
    "2026-07-28": (
        "tools_call",
        "request-metadata",
        "sep-2322-client-request-state",
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
        "json-schema-2020-12-preservation",
        *(f"auth/{name}" for name in (*LOGINS, *NEW_LOGINS)),
    ),
    "2025-11-25": (
        "initialize",
        "tools_call",
        "sse-retry",
        "json-schema-2020-12-preservation",
        *(f"auth/{name}" for name in LOGINS),
    ),
}


def run_suite(*words: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    path = f"{node_folder()}:{os.environ['PATH']}"
    return subprocess.run(
        [npm_programs() / "conformance", *words],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("version", "scenarios"), SCENARIOS.items())
def test_no_scenario_of_the_suite_is_missing_here(
    version: str, scenarios: tuple[str, ...], tmp_path: Path
) -> None:
    listed = run_suite("list", "--client", "--spec-version", version, folder=tmp_path)
    found = re.findall(r"^ +- (\S+) \[", listed.stdout.decode(), re.MULTILINE)
    assert sorted(scenarios) == sorted(set(found) - {LEFT_OUT})


@pytest.mark.parametrize(
    ("version", "scenario"),
    [(version, name) for version, names in SCENARIOS.items() for name in names],
)
def test_a_scenario_of_the_suite_passes(version: str, scenario: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tests.support.mcp.conformance"
    words = ("client", "--command", command, "--scenario", scenario, "--spec-version", version)
    done = run_suite(*words, folder=tmp_path)
    assert done.returncode == 0, done.stdout.decode()[-2000:]
