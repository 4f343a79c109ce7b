"""Several processes that change one file: every change is kept."""

import pytest

from tests.support.running.program import Program

CASES = {
    "keys": (("keys", "set", "box{0}"), "credentials.toml", "box{0} ="),
    "profiles": (("profiles", "set", "p{0}", "provider=groq"), "config.toml", "[profiles.p{0}]"),
}


@pytest.mark.parametrize("kind", CASES)
def test_eight_changes_at_once_are_all_kept(aichat: Program, kind: str) -> None:
    words, file, mark = CASES[kind]
    table = '[providers.box{0}]\nbase_url = "http://127.0.0.1:9"\n'
    aichat.write_config("".join(table.format(n) for n in range(8)))
    key = aichat.home / "key"
    key.write_text("key-0123456789")
    running = []
    for number in range(8):
        with key.open("rb") as given:
            made = [word.format(number) for word in words]
            running.append(aichat.start(*made, stdin=given))
    for process in running:
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 0, stderr
    text = (aichat.config_dir / file).read_text()
    assert [n for n in range(8) if mark.format(n) not in text] == []
