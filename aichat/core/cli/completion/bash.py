"""The completion file for bash, 3.2 and later: no Python, no subshell."""

from collections.abc import Iterable

from aichat.core.cli.completion.grammar import FOLDER, CommandSpec

_HEAD = """\
# aichat completion for bash, made by: aichat completion bash
# In ~/.bashrc: eval "$(aichat completion bash)"

"""

_TAIL = r"""
_aichat_offer() { # the first of these names that begins with $cur
  local name
  for name in "$@"; do
    [[ $name == "$cur"* ]] || continue
    case $quote in
      '') printf -v name %q "$name"; name=${name#"$strip"} ;;
      '"') [[ $name != *[\!\`]* ]] || return # there it would be a command of the shell's
        name=${name//\\/\\\\} name=${name//\"/\\\"} name=${name//\$/\\\$} ;;
      *) [[ $name != *"'"* ]] || return ;;
    esac
    COMPREPLY+=("$name")
    return
  done
}

_aichat_live() { # the names in a file of the cache folder
  local folder file line name about lines=() tab=$'\t'
  for folder in "${XDG_CACHE_HOME:-$HOME/.cache}" "$HOME/Library/Caches"; do
    file=$folder/aichat/@FOLDER@/$1
    [[ -r $file ]] && break
  done
  if [[ ! -r $file ]]; then
    [[ $1 == providers ]] && for name in @PROVIDERS@; do _aichat_offer "$name"; done
    return
  fi
  mapfile -t lines <"$file" 2>/dev/null || # which bash 3.2 does not have
    while IFS= read -r line; do lines+=("$line"); done <"$file"
  for line in "${lines[@]}"; do
    [[ $line == *"$cur"* ]] || continue
    name=${line%%"$tab"*} about=${line#*"$tab"}
    case $1 in
      models) # behind -p the name stands alone
        if [[ ! $provider ]]; then _aichat_offer "$name" "${name#*/}"
        elif [[ $name == "$provider"/* ]]; then _aichat_offer "${name#*/}"; fi ;;
      conversations) if [[ $cur ]]; then _aichat_offer "$name" "$about"
        else _aichat_offer "$about"; fi ;;
      *) _aichat_offer "$name" ;;
    esac
  done
}

_aichat_kind() { # complete $cur as a value of this kind
  local word IFS=,
  case $1 in
    file) files=1 ;;
    folder) files=1; compopt -o dirnames 2>/dev/null ;;
    @file) [[ $cur == @* ]] || return
      while read -r word; do
        [[ -d $word ]] && { word+=/; compopt -o nospace 2>/dev/null; }
        _aichat_offer "@$word"
      done < <(compgen -f -- "${cur#@}") ;;
    =*) for word in ${1#=}; do _aichat_offer "$word"; done ;;
    text | '') ;;
    *) _aichat_live "$1" ;;
  esac
}

_aichat() {
  local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} typed=() word i
  for ((i = 0; i <= COMP_CWORD; i++)); do # bash also parts words at = and :
    word=${COMP_WORDS[i]}
    if [[ $line == [[:space:]]* || $i == 0 ]]; then
      line=${line#"${line%%[![:space:]]*}"}
      typed+=('')
    fi
    [[ $line == "$word"* ]] || word=$line
    typed[${#typed[@]} - 1]+=$word
    line=${line#"$word"}
  done
  local last=$((${#typed[@]} - 1)) path= count=0 ended= wanted= provider= files= quote= strip=
  local cur=${typed[last]} words flags kind places rest
  _aichat_know ''
  for ((i = 1; i < last; i++)); do
    word=${typed[i]}
    if [[ $wanted ]]; then
      [[ $wanted == providers ]] && provider=$word
      wanted=
    elif [[ $ended || $word != -?* ]]; then
      if [[ ! $ended && " $words " == *" $word "* ]]; then path="${path:+$path }$word"
      else count=$((count + 1)); fi
      _aichat_know "$path"
    elif [[ $word == -- ]]; then ended=1
    elif [[ $word != *=* ]]; then
      _aichat_know "$path" "$word"
      wanted=$kind
    fi
  done
  COMPREPLY=()
  if [[ ! $wanted && ! $ended && $cur == --*=* ]]; then
    _aichat_know "$path" "${cur%%=*}"
    wanted=${kind:-text}
    strip=
    [[ $COMP_WORDBREAKS == *=* ]] && cur=${cur#*=}
  fi
  if [[ $cur == [\'\"]* ]]; then quote=${cur:0:1} cur=${cur:1}
  else
    strip=${cur%"${cur##*["$COMP_WORDBREAKS"]}"}
    strip=${strip%[@$]} # readline leaves these in the word
    cur=${cur//\\/}
  fi
  if [[ $wanted ]]; then _aichat_kind "$wanted"
  elif [[ ! $ended && $cur == -* ]]; then
    for word in $flags; do _aichat_offer "$word"; done
  elif [[ $words ]]; then
    for word in $words; do _aichat_offer "$word"; done
  else
    places=($places)
    _aichat_kind "${places[count]:-$rest}"
  fi
  [[ $files ]] || compopt +o default 2>/dev/null
}

complete -o nosort -o default -F _aichat aichat 2>/dev/null ||
  complete -o default -F _aichat aichat
"""


def script(specs: Iterable[CommandSpec], providers: Iterable[str]) -> str:
    """The whole file; ``providers`` are the built-in ones."""
    tail = _TAIL.replace("@FOLDER@", FOLDER).replace("@PROVIDERS@", " ".join(providers))
    return f"{_HEAD}{_static_words(specs)}{tail}"


def _static_words(specs: Iterable[CommandSpec]) -> str:
    """The static part: what each command takes, and the kind of each option's value."""
    cases = "".join(map(_case, specs))
    return (
        "_aichat_know() { # $1: the command's words; $2: one of its options\n"
        f"  words= flags= places= rest= kind=\n  case $1 in\n{cases}  esac\n}}\n"
    )


def _case(spec: CommandSpec) -> str:
    facts = {
        "words": [name for name, _ in spec.subcommands],
        "flags": [flag for taken in spec.options for flag in taken.flags],
        "places": spec.places,
        "rest": [spec.rest] if spec.rest else [],
    }
    lines = [f"      {name}='{' '.join(words)}'\n" for name, words in facts.items() if words]
    by_kind: dict[str, list[str]] = {}
    for taken in spec.options:
        if taken.kind:
            by_kind.setdefault(taken.kind, []).extend(taken.flags)
    kinds = [f"        {'|'.join(flags)}) kind='{kind}' ;;\n" for kind, flags in by_kind.items()]
    if kinds:
        lines += ["      case $2 in\n", *kinds, "      esac\n"]
    return f"    '{spec.path}')\n{''.join(lines)}      ;;\n"
