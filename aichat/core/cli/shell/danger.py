"""What a command would delete or overwrite, as far as its words show.

A mark for the eye, and no judgement: what is not marked may do harm as well.
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
#: Programs that do so only with one of these words behind them.
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
#: Words of other languages than the shell's.
_STATEMENTS = re.compile(
    r"\b(drop\s+(table|database|schema)|truncate\s+table|delete\s+from)\b", re.I
)

#: Where nothing is lost by writing.
_NOWHERE = re.compile(r"/dev/(null|stdout|stderr|tty|fd/\d+)|&?[\d-]+")

#: How deep commands within quotation marks are looked into.
_DEPTH = 3


def find_dangers(command: str) -> tuple[str, ...]:
    """The words by which a command deletes or overwrites, each once, as they come."""
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
    """Whether it is a redirection that empties a file first: not ``>>``, nor ``>&``."""
    return word in (">", ">|", "&>", ">&")


def _split(command: str) -> list[str]:
    """The words of a command, operators apart; roughly, where its quotation marks do not fit."""
    bare = re.sub(r"\$\(|`|\)", " ; ", command)
    try:
        lexer = shlex.shlex(bare, posix=True, punctuation_chars=True)
        lexer.commenters = ""
        return [*lexer]
    except ValueError:
        return re.findall(r">+[|&]?|[^\s;|&<>\"']+|[;|&]+", command)
