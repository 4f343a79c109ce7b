"""The completion file for zsh: its own ``_arguments``, fed with our tables."""

from collections.abc import Iterable

from aichat.core.cli.completion.grammar import FOLDER, CommandSpec, OptionSpec

_HEAD = """\
#compdef aichat
# aichat completion for zsh, made by: aichat completion zsh
# Keep it as _aichat in a folder of $fpath, or in ~/.zshrc: eval "$(aichat completion zsh)"

__aichat_names() { # the names in a file of the cache folder
  local kind=$1 folder file line wanted name
  local -a names lines about titles
  for folder in "${XDG_CACHE_HOME:-$HOME/.cache}" "$HOME/Library/Caches"; do
    file=$folder/aichat/@FOLDER@/$kind
    [[ -r $file ]] && break
  done
  if [[ -r $file ]]; then lines=("${(@f)$(<$file)}")
  elif [[ $kind == providers ]]; then lines=(@PROVIDERS@)
  fi
  wanted=${opt_args[-p]-${opt_args[--provider]-}}
  for line in $lines; do
    name=${line%%$'\\t'*}
    case $kind in
      models) # behind -p the name stands alone
        if [[ -z $wanted ]]; then names+=("$name" "${name#*/}")
        elif [[ $name == $wanted/* ]]; then names+=("${name#*/}"); fi ;;
      conversations) names+=("$name"); about+=("$name  ${line#*$'\\t'}")
        titles+=("${line#*$'\\t'}") ;;
      *) names+=("$name") ;;
    esac
  done
  if (( $#about )); then
    compadd -l -V ids -d about -a names
    [[ -n $PREFIX ]] && compadd -V titles -a titles
  else compadd -a names; fi
}

__aichat_at() { # @FILE, or a text
  compset -P '@' && _files
}

"""

_TAIL = """\
if [[ $funcstack[1] == _aichat ]]; then _aichat "$@"; else compdef _aichat aichat; fi
"""


def script(specs: Iterable[CommandSpec], providers: Iterable[str]) -> str:
    """The whole file; ``providers`` are the built-in ones."""
    head = _HEAD.replace("@FOLDER@", FOLDER).replace("@PROVIDERS@", " ".join(providers))
    every = tuple(specs)
    # the program's own function comes last, since a file in $fpath ends by calling it
    return head + "".join(map(_function, (*every[1:], every[0]))) + _TAIL


def _name(path: str) -> str:
    return "_aichat" + "".join(f"_{word}" for word in path.split())


def _function(command: CommandSpec) -> str:
    specs = [spec for taken in command.options for spec in _option(taken)]
    specs += [f"'{n}:{_word(kind)}:{_action(kind)}'" for n, kind in enumerate(command.places, 1)]
    if command.rest:
        specs.append(f"'*:{_word(command.rest)}:{_action(command.rest)}'")
    if command.subcommands:
        return _group(command, specs)
    shown = " \\\n    ".join(specs)
    return f"{_name(command.path)}() {{\n  _arguments -S \\\n    {shown}\n}}\n\n"


def _group(command: CommandSpec, specs: list[str]) -> str:
    """A group of commands: their names, then what the chosen one takes."""
    names = "\n".join(f"      '{name}:{_quote(about)}'" for name, about in command.subcommands)
    calls = "\n".join(
        f"      {name}) {_name(f'{command.path} {name}')} ;;" for name, _ in command.subcommands
    )
    shown = " \\\n    ".join((*specs, "'1: :->command'", "'*:: :->rest'"))
    return (
        f"{_name(command.path)}() {{\n  local context curcontext=$curcontext state line\n"
        "  typeset -A opt_args\n  local -a names\n"
        f"  _arguments -C -S \\\n    {shown} && return\n"
        f"  if [[ $state == command ]]; then\n    names=(\n{names}\n    )\n"
        "    _describe command names\n"
        f"  elif [[ $state == rest ]]; then\n    case $line[1] in\n{calls}\n    esac\n  fi\n}}\n\n"
    )


def _option(option: OptionSpec) -> Iterable[str]:
    """One specification for each spelling of an option; unless ``many``, one excludes the rest."""
    for flag in option.flags:
        before = "*" if option.many else f"({' '.join(option.flags)})"
        told = _quote(option.help).replace("[", "\\[").replace("]", "\\]")
        value = ""
        if option.kind:
            name = _quote(option.placeholder.strip("'")).replace(":", "\\:") or "value"
            value = f":{name}:{_action(option.kind)}"
        joined = "=" if option.kind and flag.startswith("--") else ""
        yield f"'{before}{flag}{joined}[{told}]{value}'"


def _action(kind: str) -> str:
    if kind.startswith("="):
        return f"({kind[1:].replace(',', ' ')})"
    actions = {"file": "_files", "folder": "_files -/", "@file": " __aichat_at", "text": " :"}
    return actions.get(kind) or f" __aichat_names {kind}"


def _word(kind: str) -> str:
    return " " if kind in ("text", "@file") or kind.startswith("=") else kind


def _quote(text: str) -> str:
    """Text inside single quotes."""
    return text.replace("'", "'\\''")
