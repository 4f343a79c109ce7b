"""The system's keyring, for keys outside our own files: an extra, used if the config says so.

macOS, Windows, the Secret Service and KWallet, through the package of the same name.
"""

from typing import Any

from aichat.errors import config_error

#: The service name of our keys; the user name is the provider's id.
SERVICE = "aichat"

#: What keyrings raise besides the package's own errors: no bus, a broken file.
_OTHER_ERRORS = (RuntimeError, OSError, ValueError)


def read(name: str) -> str | None:
    """The key kept for ``name``, or None. Errors: ``config``, as where the keyring is locked."""
    ring = _import_keyring()
    try:
        found = ring.get_password(SERVICE, name)
    except (ring.errors.KeyringError, *_OTHER_ERRORS) as error:
        raise _unusable_error(error) from error
    return found if isinstance(found, str) and found else None


def write(name: str, value: str) -> None:
    """Keep a key. Errors: ``config``."""
    ring = _import_keyring()
    try:
        ring.set_password(SERVICE, name, value)
    except (ring.errors.KeyringError, *_OTHER_ERRORS) as error:
        raise _unusable_error(error) from error


def remove(name: str) -> bool:
    """Forget a key; False where none was kept. Errors: ``config``."""
    if read(name) is None:
        return False
    ring = _import_keyring()
    try:
        ring.delete_password(SERVICE, name)
    except (ring.errors.KeyringError, *_OTHER_ERRORS) as error:
        raise _unusable_error(error) from error
    return True


def _import_keyring() -> Any:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise config_error(
            "a key in the keyring needs the extra 'keyring'", "pip install 'aichat-shell[keyring]'"
        ) from None
    return keyring


def _unusable_error(error: Exception) -> Exception:
    """What is wrong with the keyring, in one line."""
    why = " ".join(str(error).split()) or type(error).__name__
    return config_error(
        f"the keyring cannot be used: {why}",
        'unlock it; or set keyring = "optional" in [providers.ID], and the stored key is used',
    )
