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
        *(
            "userdel",
            "groupdel",
            "scp",
            "patch",
            "del",
            "erase",
            "rd",
            "Remove-Item",
            "Clear-Content",
        ),
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
    "systemctl": frozenset(("disable", "mask", "poweroff", "reboot")),
}
#: Programs that do so only with an option that this fits.
_OPTIONS = {
    name: re.compile(pattern)
    for name, pattern in {
        "find": "-delete|-fprintf?|-fprint0|-fls",
        "sed": "-[nErsuz]*i.*|--in-place(=.*)?",
        "perl": "-[0acelnpsw]*i.*",
        "tar": "-[A-Za-z]*x[A-Za-z]*|--extract|--get|--overwrite",
        "unzip": "-[A-Za-z]*o[A-Za-z]*",
        "sort": "-o.*|--output(=.*)?",
        "ln": "-[A-Za-z]*f[A-Za-z]*|--force",
        "curl": "-[A-Za-z]*[oO]|--output(=.*)?|--remote-name(-all)?",
        "wget": "-[A-Za-z]*O.*|--output-document(=.*)?",
        "ffmpeg": "-y",
        "crontab": "-r",
    }.items()
}
#: Programs that replace the files they are given, unless they have an option that this fits.
_KEEPING = re.compile("-[A-Za-z0-9]*[cklt].*|--stdout|--to-stdout|--keep|--list|--test")
_REPLACING = {
    "tee": re.compile("-a|--append"),
    **dict.fromkeys(("gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz"), _KEEPING),
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
        elif name in _REPLACING:
            yield from (name,) if _replaces(name, [*_own_words(rest)]) else ()
        elif found := next((w for w in _own_words(rest) if _is_one_of(w, name)), None):
            yield f"{name} {found}"
        elif name == "tar" and rest and _OPTIONS[name].fullmatch(f"-{rest[0]}"):
            yield f"{name} {rest[0]}"  # whose first word needs no dash
        elif _overwrites(word) and rest and not _NOWHERE.fullmatch(rest[0]):
            yield f"> {rest[0]}"
        elif depth and word != command and re.search(r"[\s;|&>(`]", word):
            yield from _dangers(word, depth - 1)
    yield from (found[0] for found in _STATEMENTS.finditer(command))


def _is_one_of(word: str, program: str) -> bool:
    option = _OPTIONS.get(program)
    return word in _WORDS.get(program, ()) or bool(option and option.fullmatch(word))


def _replaces(program: str, words: Sequence[str]) -> bool:
    has_file = any(not word.startswith("-") for word in words)
    return has_file and not any(map(_REPLACING[program].fullmatch, words))


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
