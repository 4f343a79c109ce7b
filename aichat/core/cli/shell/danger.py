"""What a command would delete or overwrite, as far as its words show.

This helps the reader and is no guarantee: what is not marked may do harm too.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

#: Programs that delete or overwrite whatever they are given.
_PROGRAMS = frozenset(
    (
        *("rm", "rmdir", "unlink", "shred", "wipe", "srm", "truncate", "dd", "mv", "cp"),
        *("install", "rsync", "fdisk", "parted", "wipefs", "mkswap", "blkdiscard", "dropdb"),
        *("userdel", "groupdel", "del", "erase", "rd", "Remove-Item", "Clear-Content"),
        *("Set-Content", "Move-Item", "Copy-Item", "Format-Volume"),
    )
)
#: Programs that do so only with one of these words after them.
_WORDS = {
    "git": frozenset(
        (
            *("clean", "reset", "restore", "checkout", "rm", "push", "rebase", "filter-branch"),
            *("gc", "prune", "stash", "branch"),
        )
    ),
    "docker": frozenset(("prune", "rm", "rmi", "down", "kill")),
    "podman": frozenset(("prune", "rm", "rmi", "down", "kill")),
    "kubectl": frozenset(("delete", "replace", "apply", "drain")),
    "find": frozenset(("-delete", "-fprint", "-fprintf")),
    "sed": frozenset(("-i", "--in-place")),
    "perl": frozenset(("-i", "-pi", "-ni")),
    "tar": frozenset(("x", "-x", "xf", "-xf", "xzf", "-xzf", "--extract", "--overwrite")),
    "sort": frozenset(("-o", "--output")),
    "ln": frozenset(("-f", "-sf", "-fs", "--force")),
    "curl": frozenset(("-o", "-O", "--output", "--remote-name")),
    "wget": frozenset(("-O", "--output-document")),
    "crontab": frozenset(("-r",)),
    "systemctl": frozenset(("disable", "mask", "poweroff", "reboot")),
}
#: Destructive statements of other languages than the shell's.
_STATEMENTS = re.compile(
    r"\b(drop\s+(table|database|schema)|truncate\s+table|delete\s+from)\b", re.I
)

#: Targets that nothing is lost by writing to.
_NOWHERE = re.compile(r"/dev/(null|stdout|stderr|tty|fd/\d+)|&?[\d-]+")

#: How deeply commands inside quotation marks are searched.
_DEPTH = 3


def find_dangers(command: str) -> tuple[str, ...]:
    """The words by which a command deletes or overwrites, each once, in their order."""
    return tuple(dict.fromkeys(_dangers(command, _DEPTH)))


def _dangers(command: str, depth: int) -> Iterator[str]:
    words = _split(command)
    for place, word in enumerate(words):
        name, rest = word.rpartition("/")[2], words[place + 1 :]
        if name in _PROGRAMS or name.startswith("mkfs"):
            yield name
        elif name == "tee":
            yield from () if {"-a", "--append"} & {*rest} else (name,)
        elif found := next((w for w in _own_words(rest) if _is_one_of(w, name)), None):
            yield f"{name} {found}"
        elif _overwrites(word) and rest and not _NOWHERE.fullmatch(rest[0]):
            yield f"> {rest[0]}"
        elif depth and word != command and re.search(r"[\s;|&>(`]", word):
            yield from _dangers(word, depth - 1)
    yield from (found[0] for found in _STATEMENTS.finditer(command))


def _is_one_of(word: str, program: str) -> bool:
    wanted = _WORDS.get(program, frozenset())
    return word in wanted or (program == "sed" and word.startswith(("-i", "--in-place=")))


def _own_words(rest: Sequence[str]) -> Iterator[str]:
    """The words up to where the next command begins."""
    for word in rest:
        if word and not word.strip(";&|()\n"):
            return
        yield word


def _overwrites(word: str) -> bool:
    """Whether a word is a redirection that empties a file first: not ``>>`` or ``>&``."""
    return word in (">", ">|", "&>", ">&")


def _split(command: str) -> list[str]:
    """The words and operators of a command; only roughly if its quotes do not match."""
    bare = re.sub(r"\$\(|`|\)", " ; ", command)
    try:
        lexer = shlex.shlex(bare, posix=True, punctuation_chars=True)
        lexer.commenters = ""
        return [*lexer]
    except ValueError:
        return re.findall(r">+[|&]?|[^\s;|&<>\"']+|[;|&]+", command)
