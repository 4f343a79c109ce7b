"""What programs of ours get of the environment: what is named, and nothing else."""

from aichat.process.programs.environment import (
    desktop_environment,
    store_environment,
    tool_environment,
)

SECRETS = {
    "DATABASE_URL": "postgres://u:p@h/d",
    "AWS_ACCESS_KEY_ID": "AKIA",
    "SSH_AUTH_SOCK": "/tmp/agent",
    "GH_PAT": "ghp_1",
    "XDG_API_TOKEN": "t",
}
USUAL = {"PATH": "/bin", "HOME": "/home/me", "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def test_a_tool_gets_what_all_have_and_what_is_named_for_it() -> None:
    environ = USUAL | SECRETS | {"DISPLAY": ":0"}
    assert tool_environment(environ) == USUAL
    named = {"TZ": "UTC", "TOKEN": "$GH_PAT", "NONE": "$NOT_SET"}
    assert tool_environment(environ, named) == USUAL | {"TZ": "UTC", "TOKEN": "ghp_1", "NONE": ""}


def test_an_editor_gets_its_display_and_settings_and_no_secret() -> None:
    desktop = {"DISPLAY": ":0", "XDG_RUNTIME_DIR": "/run", "VIMINIT": "set nu", "TMUX": "/tmp/t"}
    assert desktop_environment(USUAL | desktop | SECRETS) == USUAL | desktop


def test_a_password_store_gets_its_agent_and_its_vault_and_no_key_of_a_provider() -> None:
    needed = {
        "GPG_TTY": "/dev/pts/1",
        "PASSWORD_STORE_DIR": "/p",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "VAULT_TOKEN": "v",
        "OP_SESSION_me": "o",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "DBUS_SESSION_BUS_ADDRESS": "unix:x",
        "https_proxy": "http://p",
    }
    others = {"GROQ_API_KEY": "k", "DATABASE_URL": "u", "GH_PAT": "ghp_1", "OPENAI_API_KEY": "k"}
    assert store_environment(USUAL | needed | others) == USUAL | needed
