"""Which files look as if they contain keys or passwords: the user is asked before sending them."""

import re
from pathlib import Path

from aichat.core.http.url import is_url
from aichat.core.message.compose import Attachment
from aichat.disk.paths import expand_path

#: Names of files, and of folders, that hold keys, passwords or tokens.
SECRET_NAME = re.compile(
    r"\.env(\..*|rc)?|.*\.env|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|identity|.*\.(pem|key|p12|pfx|jks"
    r"|keystore|kdbx?|ppk|asc|gpg|ovpn|tfstate|tfvars)|.*credentials?(\..*)?|.*secrets?(\..*)?"
    r"|\.?_?(netrc|npmrc|pypirc|pgpass|git-credentials|htpasswd|dockercfg|s3cfg|boto|my\.cnf|vault-token)"
    r"|kubeconfig|service[-_]account.*\.json|shadow|.*passwords?(\..*)?|.*_history|wp-config\.php"
)
_SECRET_FOLDERS = frozenset(
    (".ssh", ".aws", ".gnupg", ".azure", ".kube", ".docker", ".password-store")
)
#: Similar names of files that are public.
_PUBLIC_NAME = re.compile(r".*\.pub|known_hosts|\.env\.(example|sample|template|dist)")
_SECRET_TEXT = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


def is_secret(attachment: Attachment) -> bool:
    """Whether a file looks as if it contains keys, by its name, folder or text."""
    if is_url(attachment.name):
        return False
    if _SECRET_TEXT.search(attachment.text or _beginning(attachment)):
        return True
    path = expand_path(attachment.name)
    return any(is_secret_path(one) for one in (path, _real_path(path)))


def _beginning(attachment: Attachment) -> str:
    """The beginning of a file for code."""
    media = attachment.media
    if media is None or not media.for_code:
        return ""
    from aichat.app.media.content import ends_of  # most are texts, which are read already

    return ends_of(media)[0].decode("utf-8", "replace")


def is_secret_path(path: Path) -> bool:
    """The same, by name and folder only."""
    *folders, name = (part.lower() for part in path.parts or ("",))
    if _PUBLIC_NAME.fullmatch(name):
        return False
    return bool(SECRET_NAME.fullmatch(name)) or not _SECRET_FOLDERS.isdisjoint(folders)


def _real_path(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path
