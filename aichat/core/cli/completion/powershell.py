"""The completion file for PowerShell 5.1 and later."""

from collections.abc import Iterable

from aichat.core.cli.completion.grammar import FOLDER, CommandSpec, OptionSpec

_HEAD = """\
# aichat completion for PowerShell, made by: aichat completion powershell
# In $PROFILE: aichat completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName aichat -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # for the words of a command: what stands below it, its options, the kinds of its words
    $known = @{
"""

_TAIL = r"""    }

    function Find-Names($kind) {
        $caches = @($env:XDG_CACHE_HOME)
        if ($env:LOCALAPPDATA) { $caches += Join-Path $env:LOCALAPPDATA 'aichat\Cache' }
        if ($HOME) { $caches += "$HOME/.cache", "$HOME/Library/Caches" }
        foreach ($cache in $caches) {
            foreach ($file in "$cache/aichat/@FOLDER@/$kind", "$cache/@FOLDER@/$kind") {
                if ($cache -and (Test-Path -LiteralPath $file)) {
                    return Get-Content -LiteralPath $file -Encoding UTF8
                }
            }
        }
        if ($kind -eq 'providers') { return @(@PROVIDERS@) }
    }

    function New-Result($text, $shown, $about) {
        $typed = $text
        if ($text -match '[^\w./:@=+-]') { $typed = "'" + $text.Replace("'", "''") + "'" }
        $kind = [System.Management.Automation.CompletionResultType]::ParameterValue
        [System.Management.Automation.CompletionResult]::new($typed, $shown, $kind, $about)
    }

    function Get-Values($kind, $begin) {
        if ($kind.StartsWith('=')) {
            $lines = $kind.Substring(1).Split(',')
        } elseif (@('', 'text', 'file', 'folder', '@file') -contains $kind) {
            return
        } else {
            $lines = @(Find-Names $kind)
        }
        foreach ($line in $lines) {
            $name, $about = $line -split "`t", 2
            if (-not $name) { continue }
            if (-not $about) { $about = $name }
            if ($kind -eq 'models' -and $provider) {
                if (-not $name.StartsWith("$provider/")) { continue }
                $name = $name.Substring($provider.Length + 1)
            }
            $short = $name.Substring($name.IndexOf('/') + 1)
            if ($name.StartsWith($begin)) {
                New-Result $name $name $about
            } elseif ($kind -eq 'models' -and $short.StartsWith($begin)) {
                New-Result $short $short $about
            } elseif ($about.StartsWith($begin)) {
                New-Result $about $about $name
            }
        }
    }

    $path = ''
    $count = 0
    $wanted = ''
    $provider = ''
    $ended = $false
    $here = $known['']
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text.Trim("'", '"')
        if ($wanted) {
            if ($wanted -eq 'providers') { $provider = $word }
            $wanted = ''
        } elseif ($word -eq '--') {
            $ended = $true
        } elseif (-not $ended -and $word.StartsWith('-')) {
            foreach ($option in $here.Options) {
                if ($option[0] -ccontains $word) { $wanted = $option[1] }
            }
        } elseif ($known.ContainsKey("$path $word".Trim())) {
            $path = "$path $word".Trim()
            $here = $known[$path]
        } else {
            $count++
        }
    }

    $begin = $wordToComplete.Trim("'", '"')
    if ($wanted) {
        Get-Values $wanted $begin
    } elseif (-not $ended -and $begin.StartsWith('-')) {
        foreach ($option in $here.Options) {
            foreach ($flag in $option[0]) {
                if ($flag.StartsWith($begin, [StringComparison]::Ordinal)) {
                    New-Result $flag $flag $option[2]
                }
            }
        }
    } elseif ($here.Below.Count) {
        foreach ($pair in $here.Below) {
            if ($pair[0].StartsWith($begin)) { New-Result $pair[0] $pair[0] $pair[1] }
        }
    } elseif ($count -lt $here.Places.Count) {
        Get-Values $here.Places[$count] $begin
    } elseif ($here.Rest) {
        Get-Values $here.Rest $begin
    }
}
"""


def script(specs: Iterable[CommandSpec], providers: Iterable[str]) -> str:
    """The whole file; ``providers`` are the built-in ones."""
    tail = _TAIL.replace("@FOLDER@", FOLDER).replace(
        "@PROVIDERS@", ", ".join(map(_quote, providers))
    )
    return _HEAD + "".join(map(_entry, specs)) + tail


def _entry(spec: CommandSpec) -> str:
    below = "\n".join(f"                , @({_quote(n)}, {_quote(a)})" for n, a in spec.subcommands)
    options = "\n".join(map(_option, spec.options))
    places = ", ".join(map(_quote, spec.places))
    return (
        f"        {_quote(spec.path)} = @{{\n"
        + (f"            Below = @(\n{below}\n            )\n" if below else "")
        + f"            Options = @(\n{options}\n            )\n"
        + (f"            Places = @({places})\n" if places else "")
        + (f"            Rest = {_quote(spec.rest)}\n" if spec.rest else "")
        + "        }\n"
    )


def _option(option: OptionSpec) -> str:
    flags = ", ".join(map(_quote, option.flags))
    return f"                , @(@({flags}), {_quote(option.kind)}, {_quote(option.help)})"


def _quote(text: str) -> str:
    """Text inside single quotes."""
    return "'" + text.replace("'", "''") + "'"
