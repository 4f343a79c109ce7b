"""How something is added to the program depends on how it was installed."""

import sys

import pytest

from aichat.process.installation import can_install_here, install_command, package_command

PLACES = {
    "/home/x/.local/share/pipx/venvs/aichat-shell": (
        "pipx install --force 'aichat-shell[socks]'",
        "pipx upgrade aichat-shell",
    ),
    "/home/x/.local/share/uv/tools/aichat-shell": (
        "uv tool install --force 'aichat-shell[socks]'",
        "uv tool upgrade aichat-shell",
    ),
    "/home/x/my venv": (
        "'/home/x/my venv/bin/python' -m pip install 'aichat-shell[socks]'",
        "'/home/x/my venv/bin/python' -m pip install --upgrade aichat-shell",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_remedy_is_a_command_that_works_there(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", place)
    monkeypatch.setattr(sys, "executable", f"{place}/bin/python")
    assert (install_command("socks"), install_command(newer=True)) == PLACES[place]


ADDED = {
    "/home/x/.local/share/pipx/venvs/aichat-shell": (
        "pipx inject --pip-args=--no-deps aichat-shell a==1",
        False,
    ),
    "/home/x/.local/share/uv/tools/aichat-shell": (
        "uv pip install --no-deps --python "
        "/home/x/.local/share/uv/tools/aichat-shell/bin/python a==1",
        False,
    ),
    "/home/x/my venv": ("'/home/x/my venv/bin/python' -m pip install --no-deps a==1", True),
}


@pytest.mark.parametrize("place", ADDED)
def test_another_package_is_put_where_the_program_lives(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", place)
    monkeypatch.setattr(sys, "executable", f"{place}/bin/python")
    assert (package_command("a==1"), can_install_here()) == ADDED[place]
