"""Alt-E in the shells: makes a command of words on the line; on an empty line, mends the last one.

The line is replaced only if that exits with 0. Nothing is run: that is left to Enter, so that
history, ``cd`` and ``export`` work. Source: bash(1) "bind -x", zshzle(1), fish's bind.
"""

KEYS = {
    "bash": r"""
# Alt-E: the words of the line become a command; on an empty line the last command is mended.
_aichat_line() {
  local code=$? made last
  if [[ -n $READLINE_LINE ]]; then
    made=$(aichat sh --print --no-stdin --shell bash -- "$READLINE_LINE")
  else
    last=$(HISTTIMEFORMAT= builtin history 1)  # fc leaves out the last line here
    made=$(aichat fix --print --shell bash --status "$code" -- "${last#*[0-9][* ] }")
  fi && [[ -n $made ]] && READLINE_LINE=$made READLINE_POINT=${#made}
}
for _aichat_map in emacs-standard vi-insert; do
  bind -m "$_aichat_map" -x '"\ee": _aichat_line' 2>/dev/null
done
unset _aichat_map
""",
    "zsh": r"""
# Alt-E: the words of the line become a command; on an empty line the last command is mended.
_aichat_line() {
  local code=$? made
  zle -I
  if [[ -n $BUFFER ]]; then
    made=$(aichat sh --print --no-stdin --shell zsh -- "$BUFFER")
  else
    made=$(aichat fix --print --shell zsh --status "$code" -- "$(fc -ln -1)")
  fi && [[ -n $made ]] && { BUFFER=$made; CURSOR=${#made} }
}
zle -N _aichat_line
bindkey -M emacs '\ee' _aichat_line
bindkey -M viins '\ee' _aichat_line
""",
    "fish": r"""
# Alt-E: the words of the line become a command; on an empty line the last command is mended.
function _aichat_line
  set -l code $status
  set -l typed (commandline | string collect)
  set -l made
  if test -n "$typed"
    set made (aichat sh --print --no-stdin --shell fish -- "$typed")
  else
    set made (aichat fix --print --shell fish --status $code -- "$history[1]")
  end
  and test -n "$made"
  and commandline -r -- "$made"
  commandline -f repaint
end
bind \ee _aichat_line
bind -M insert \ee _aichat_line
""",
}
