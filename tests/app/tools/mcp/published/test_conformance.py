"""The official conformance suite, with us as the client.

It needs Node 22 and the package ``@modelcontextprotocol/conformance``, whose folder the variable
``MCP_CONFORMANCE`` names (where ``npm i @modelcontextprotocol/conformance@0.2.0-alpha.12 node@22``
was run).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running.program import ROOT

FOLDER = Path(os.environ.get("MCP_CONFORMANCE", "/nonexistent")) / "node_modules"
NODE, SUITE = FOLDER / "node" / "bin", FOLDER / ".bin" / "conformance"

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

#: All that are scored but one of the era before, which asks the user on a stream of its own.
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


@pytest.mark.long
@pytest.mark.skipif(not SUITE.exists(), reason="MCP_CONFORMANCE names no folder with the suite")
@pytest.mark.parametrize(
    ("version", "scenario"),
    [(version, name) for version, names in SCENARIOS.items() for name in names],
)
def test_a_scenario_of_the_suite_passes(version: str, scenario: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tests.support.mcp.conformance"
    words = ("client", "--command", command, "--scenario", scenario, "--spec-version", version)
    environ = {**os.environ, "PATH": f"{NODE}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [SUITE, *words], cwd=tmp_path, env=environ, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout.decode()[-2000:]
