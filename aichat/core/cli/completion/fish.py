"""The completion file for fish."""

from collections.abc import Iterable, Iterator

from aichat.core.cli.completion.grammar import FOLDER, LIVE, CommandSpec, OptionSpec

_HEAD = """\
# aichat completion for fish, made by: aichat completion fish
# Keep it as ~/.config/fish/completions/aichat.fish

function __aichat_path # the commands that are named so far
    set -l path
    set -l count 0
    set -l wanted
    for word in (commandline -opc)[2..-1]
        if set -q wanted[1]
            set wanted
        else if test "$word" = --
            break
        else if string match -q -- '-*' $word
            contains -- $word $__aichat_valued; and set wanted 1
        else if contains -- (string join ' ' $path $word) $__aichat_paths
            set -a path $word
        else
            set count (math $count + 1)
        end
    end
    echo "$path"
    echo $count
end

function __aichat_at # $argv[1]: the command's words; $argv[2]: how many words follow them
    set -l here (__aichat_path)
    test "$here[1]" = "$argv[1]"; and test -z "$argv[2]" -o "$here[2]" = "$argv[2]"
end

function __aichat_file # where the names of a kind are kept
    set -l caches $HOME/.cache $HOME/Library/Caches
    set -q XDG_CACHE_HOME[1]; and set caches $XDG_CACHE_HOME $caches[2]
    for cache in $caches
        set -l file $cache/aichat/@FOLDER@/$argv[1]
        test -r $file; and echo $file; and return
    end
    return 1
end

function __aichat_live
    set -l file (__aichat_file $argv[1])
    if test -z "$file"
        test $argv[1] = providers; and string split ' ' '@PROVIDERS@'
        return
    end
    if test $argv[1] != models
        string match -r '.+' <$file
        return
    end
    set -l words (commandline -opc)
    for flag in -p --provider # behind it a model's name stands alone
        if set -l place (contains -i -- $flag $words)
            set -l provider (string escape --style=regex -- $words[(math $place + 1)])
            string replace -rf -- "^$provider/" '' <$file
            return
        end
    end
    string match -r '.+' <$file
    string replace -r '^[^/]*/' '' <$file
end

function __aichat_at_file
    set -l word (commandline -ct)
    string match -q '@*' -- $word; or return
    set -l begin (string sub -s 2 -- $word)
    for file in $begin*
        test -d $file; and echo "@$file/"; or echo "@$file"
    end
end

complete -c aichat -f
"""


def script(specs: Iterable[CommandSpec], providers: Iterable[str]) -> str:
    """The whole file; ``providers`` are the built-in ones."""
    every = tuple(specs)
    head = _HEAD.replace("@FOLDER@", FOLDER).replace("@PROVIDERS@", " ".join(providers))
    valued = dict.fromkeys(f for o in every for t in o.options if t.kind for f in t.flags)
    paths = "".join(f" \\\n    '{o.path}'" for o in every[1:])
    known = f"set -g __aichat_valued {' '.join(valued)}\nset -g __aichat_paths{paths}\n\n"
    return head + known + "".join(line for offer in every for line in _lines(offer))


def _lines(spec: CommandSpec) -> Iterator[str]:
    here = f"complete -c aichat -n '__aichat_at \"{spec.path}\"'"
    for name, about in spec.subcommands:
        yield f"{here} -a {name} -d '{_quote(about)}'\n"
    for taken in spec.options:
        yield f"{here}{_option(taken)}\n"
    for number, kind in enumerate(spec.places):
        there = f"complete -c aichat -n '__aichat_at \"{spec.path}\" {number}'"
        yield f"{there}{_value(kind)}\n" if _value(kind) else ""
    if spec.rest and _value(spec.rest):
        yield f"{here}{_value(spec.rest)}\n"


def _option(option: OptionSpec) -> str:
    spelt = (f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags)
    wanted = f" -x{_value(option.kind)}" if option.kind and option.kind != "file" else ""
    if option.kind == "file":
        wanted = " -r -F"
    return f" {' '.join(spelt)}{wanted} -d '{_quote(option.help)}'"


def _value(kind: str) -> str:
    """What completes a value; newest first where the names come in that order."""
    if kind.startswith("="):
        return f" -a '{kind[1:].replace(',', ' ')}'"
    if kind in LIVE:
        return f"{' -k' if kind == 'conversations' else ''} -a '(__aichat_live {kind})'"
    others = {
        "file": " -F",
        "folder": " -a '(__fish_complete_directories)'",
        "@file": " -a '(__aichat_at_file)'",
    }
    return others.get(kind, "")


def _quote(text: str) -> str:
    """Text inside single quotes."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
