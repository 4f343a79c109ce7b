"""Which files are asked about before they are sent."""

from pathlib import Path

import pytest

from aichat.app.question.attachments import read_attachments
from aichat.app.question.secret_files import is_secret
from aichat.core.message.compose import Attachment
from tests.support.running.program import Program

SECRET = [
    *(".env", ".env.local", "a/prod.env", ".envrc", "~/.ssh/id_rsa", "id_ed25519", "server.pem"),
    *("tls.key", "~/.aws/credentials", "~/.aws/config", ".netrc", "_netrc", ".npmrc", ".pypirc"),
    *(".git-credentials", "credentials.json", "client_secret.json", "secrets.toml", "x.kdbx"),
    *("~/.kube/config", "~/.docker/config.json", "terraform.tfvars", ".PGPASS", "ID_RSA"),
]
PLAIN = [
    *("notes.md", "id_rsa.pub", "~/.ssh/known_hosts", ".env.example", "environment.yml", "keys.py"),
    *("src/secretary.py", "README", "https://example.org/.env", "monkey", "keyring.md"),
]


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(Attachment(name, "x"))


@pytest.mark.parametrize("name", PLAIN)
def test_names_of_anything_else(name: str) -> None:
    assert not is_secret(Attachment(name, "x"))


def test_a_private_key_under_any_name_and_behind_a_link(aichat: Program) -> None:
    assert is_secret(Attachment("notes.md", "-----BEGIN OPENSSH PRIVATE KEY-----\nx"))
    (aichat.home / ".env").write_text("A=1")
    (aichat.home / "notes.md").symlink_to(aichat.home / ".env")
    assert is_secret(Attachment(str(aichat.home / "notes.md"), "A=1"))


def test_a_key_in_a_file_for_code_is_seen_too(tmp_path: Path) -> None:
    path = tmp_path / "notes.bin"
    path.write_bytes(b"\0\xff-----BEGIN PRIVATE KEY-----\n")
    (found,) = read_attachments(str(path), print, for_code=True)
    assert is_secret(found)
