"""Keys in the system's keyring: the real package, with a keyring that is a file of the test's."""

import json
from pathlib import Path

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import ROOT, SENTINEL, Program
from tests.support.running.whole_runs import stderr_lines

pytest.importorskip("keyring")

_BACKEND = """
import json, os, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class Keyring(KeyringBackend):
    priority = 1

    def _all(self):
        if os.environ.get("LOCKED"):
            why = {"no bus": OSError("the bus is\\ngone")}
            raise why.get(os.environ["LOCKED"], KeyringLocked("it is\\nlocked"))
        path = pathlib.Path(os.environ["RING"])
        return json.loads(path.read_text()) if path.exists() else {}

    def _keep(self, every):
        pathlib.Path(os.environ["RING"]).write_text(json.dumps(every))

    def get_password(self, service, name):
        return self._all().get(f"{service}/{name}")

    def set_password(self, service, name, value):
        self._keep({**self._all(), f"{service}/{name}": value})

    def delete_password(self, service, name):
        self._keep({k: v for k, v in self._all().items() if k != f"{service}/{name}"})
"""


@pytest.fixture
def ringed(aichat: Program, tmp_path: Path) -> Program:
    """A program whose keyring is ``ring.json``."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "file_ring.py").write_text(_BACKEND)
    aichat.environ |= {
        "PYTHONPATH": f"{folder}:{ROOT}",
        "PYTHON_KEYRING_BACKEND": "file_ring.Keyring",
        "RING": str(tmp_path / "ring.json"),
    }
    return aichat


def asking(ringed: Program, server: Server, keyring: str) -> Program:
    ringed.write_config(f"[providers.groq]\nbase_url = '{server.url}/v1'\nkeyring = {keyring}\n")
    return ringed


def test_a_key_is_set_used_listed_and_removed_in_the_keyring_and_in_no_file(
    ringed: Program, tmp_path: Path
) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        asking(ringed, server, "true")
        done = ringed.run("keys", "set", "groq", stdin=SENTINEL.encode())
        assert stderr_lines(done) == [
            f"aichat: key for groq stored in the keyring (…{SENTINEL[-4:]})"
        ]
        assert json.loads((tmp_path / "ring.json").read_text()) == {"aichat/groq": SENTINEL}
        assert not (ringed.config_dir / "credentials.toml").exists()
        assert ringed.run("ask", "hi").text == "Fine.\n"
        assert server.requests[0].headers["authorization"] == f"Bearer {SENTINEL}"
        listed = next(x for x in ringed.run("keys", "list").text.splitlines() if "groq" in x)
        assert listed.split("\t")[:3] == ["groq", "?", "keyring"]
        assert ringed.run("keys", "remove", "groq").code == 0
        result = ringed.run("ask", "hi")
        assert (result.code, len(stderr_lines(result))) == (3, 2)
        assert "no key for groq" in result.stderr and "aichat keys set groq" in result.stderr


# what the config says, what is wrong, and what comes of it: an answer by the stored key, or exit 3
BROKEN = [
    ("true", {"LOCKED": "1"}, "the keyring cannot be used: it is locked"),
    ("true", {"LOCKED": "no bus"}, "the keyring cannot be used: the bus is gone"),
    ("true", {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}, "cannot be used"),
    ("true", {"RING": "/nowhere/ring.json"}, "the keyring has no key for groq"),
    ("true", {"PYTHONPATH": "BLOCKED"}, "needs the extra 'keyring'"),
    ('"optional"', {"LOCKED": "1"}, ""),
    ('"optional"', {"RING": "/nowhere/ring.json"}, ""),
    ('"optional"', {"PYTHONPATH": "BLOCKED"}, ""),
]


def test_a_missing_or_locked_keyring_is_named_and_the_file_used_only_if_asked(
    ringed: Program, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text("import sys\nsys.modules['keyring'] = None\n")
    with Server(default=chat_stream(["Fine."])) as server:
        ringed.run("keys", "set", "groq", stdin=b"gsk_stored_in_a_file")
        for keyring, environ, message in BROKEN:
            given = {k: v.replace("BLOCKED", f"{blocked}:{ROOT}") for k, v in environ.items()}
            result = asking(ringed, server, keyring).run("ask", "hi", environ=given)
            if message:
                assert (result.code, len(stderr_lines(result))) == (3, 2), (environ, result.stderr)
                assert message in stderr_lines(result)[0] and "gsk" not in result.stderr
            else:
                assert (result.text, result.stderr) == ("Fine.\n", ""), (keyring, environ)
        keys = {request.headers["authorization"] for request in server.requests}
        assert keys == {"Bearer gsk_stored_in_a_file"}
