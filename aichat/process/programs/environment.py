"""The environments of the programs that we start: scrubbed, each with no more than it needs."""

from collections.abc import Collection, Mapping

#: Suffixes of variables that hold a secret.
_SECRET_SUFFIXES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def scrub_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program of the user."""
    return {n: v for n, v in environ.items() if not n.upper().endswith(_SECRET_SUFFIXES)}


#: Variables by which an editor, clipboard tool or player finds its display, files and settings.
_DESKTOP_VARIABLES = frozenset(
    (
        *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "COLORTERM"),
        *("TERMINFO", "TERM_PROGRAM", "TMUX", "TMUX_PANE", "EDITOR", "VISUAL", "PAGER"),
        *("COLUMNS", "LINES", "MYVIMRC", "VIMINIT", "NO_COLOR", "WSL_DISTRO_NAME", "WSL_INTEROP"),
    )
)
_DESKTOP_PREFIXES = (
    *("LC_", "XDG_", "VIM", "NVIM", "EMACS", "KITTY_", "WEZTERM_"),
    *("PULSE_", "PIPEWIRE_", "ALSA_", "AUDIO", "JACK_", "SDL_"),
)


def desktop_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that we start ourselves: an editor, clipboard tool or player.

    Only variables known to be needed are passed, and none that is named like a secret.
    """
    return scrub_environment(_chosen(environ, _DESKTOP_VARIABLES, _DESKTOP_PREFIXES))


def _chosen(
    environ: Mapping[str, str], names: Collection[str], prefixes: tuple[str, ...]
) -> dict[str, str]:
    return {n: value for n, value in environ.items() if n in names or n.startswith(prefixes)}


#: Variables by which a password store finds its vault, its agent and its server.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_STORE_VARIABLES = ("SSH_AUTH_SOCK", "SSH_AGENT_PID", *_PROXIES, *map(str.upper, _PROXIES))
_STORE_PREFIXES = (
    *("GPG_", "GNUPG", "PASSWORD_STORE_", "GOPASS_", "LPASS_", "OP_", "BW_", "BWS_", "VAULT_"),
    *("AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_APPLICATION_", "DOPPLER_", "SOPS_", "SSL_CERT_"),
)


def store_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a ``key_command``: the desktop's, plus what password stores need.

    It contains no key of another provider.
    """
    return desktop_environment(environ) | _chosen(environ, _STORE_VARIABLES, _STORE_PREFIXES)


#: Variables that a tool's program may have: nothing that could be a secret.
_TOOL_VARIABLES = frozenset(
    ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
)


def tool_environment(
    environ: Mapping[str, str], named: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for a tool or server: the common variables, and those ``named`` for it.

    The value ``$NAME`` stands for that variable's value.
    """
    allowed = _chosen(environ, _TOOL_VARIABLES, ("LC_",))
    for name, value in (named or {}).items():
        allowed[name] = environ.get(value[1:], "") if value.startswith("$") else value
    return allowed
