# aichat completion for PowerShell, made by: aichat completion powershell
# In $PROFILE: aichat completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName aichat -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # for the words of a command: what stands below it, its options, the kinds of its words
    $known = @{
        '' = @{
            Below = @(
                , @('api', 'Call any HTTP endpoint of a provider.')
                , @('ask', 'Ask one question and print the answer.')
                , @('chat', 'Hold a conversation on the terminal.')
                , @('completion', 'Print the completion of a shell, or the manual page.')
                , @('cost', 'What was spent, by day, model or conversation.')
                , @('doctor', 'Say what works here, and what to do about the rest.')
                , @('history', 'List, show, search, export and delete conversations.')
                , @('keys', 'Set, list, remove and import API keys.')
                , @('models', 'What models there are, what they can do and cost.')
                , @('profiles', 'The profile store: list, show, set, use, remove, edit.')
            )
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'api' = @{
            Options = @(
                , @(@('-d', '--data'), 'text', 'The body; @FILE reads it, @- is stdin.')
                , @(@('-F', '--form'), 'text', 'A field of a form, or a file to upload; ;type=T and ;filename=N after it. Repeatable.')
                , @(@('--query'), 'text', 'Add to the query. Repeatable.')
                , @(@('--paginate'), '', 'Go on to the last page of a list, each printed as it is.')
                , @(@('-i', '--include'), '', 'Print status and headers too.')
                , @(@('-P', '--profile'), 'profiles', 'Profile of the config file.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('-q', '--quiet'), '', 'Only the answer and errors.')
                , @(@('--timeout'), 'text', 'Longest silence borne, in seconds.')
                , @(@('--retries'), 'text', 'Attempts after the first, before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts of this region.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'One line a step on stderr; secrets are masked.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers', 'text', 'text')
        }
        'ask' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, alone or as PROVIDER/MODEL; with -p it is sent whole. Repeat it to ask several at once: in a pipe each answer stands under a heading ''## PROVIDER/MODEL'', with --json they are an array.')
                , @(@('-p', '--provider'), 'providers', 'Provider; alone, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile of the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-c', '--continue'), '', 'Go on with the last conversation; without words, with an answer that was cut.')
                , @(@('-C', '--conversation'), 'conversations', 'Go on with this one: id, title or last. An unknown name begins it.')
                , @(@('--tool-result'), 'text', 'Answer a tool call of the conversation; @FILE reads it. Repeatable.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without any text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a text file, a folder or a web page; - is stdin. Repeatable.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Take more than 10 MB of stdin, e.g. 50M.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit of the answer.')
                , @(@('--stop'), 'text', 'End the answer before this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'How hard to reason, mapped to the model''s own dial.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown, nothing runs.')
                , @(@('--prefill'), 'text', 'Begin the answer with TEXT, where the model can.')
                , @(@('--seed'), 'text', 'Seed, where the provider knows one.')
                , @(@('-o', '--option'), 'text', 'Any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--max-cost'), 'text', 'Ask before an answer costs more (in a pipe: exit 11); stop one that does. 0.05, 2CNY.')
                , @(@('--count'), '', 'Have the provider count the input before it is sent.')
                , @(@('-x', '--extract'), '', 'Print only the first code block.')
                , @(@('--extract-lang'), 'text', 'Like -x, for the first block of this language.')
                , @(@('--json'), '', 'Print one JSON object at the end.')
                , @(@('--events'), '', 'Print one JSON event a line, as it happens.')
                , @(@('--plain'), '', 'Text as it comes, also on a terminal.')
                , @(@('--markdown'), '', 'Drawn Markdown, also in a pipe.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('--show-reasoning'), '', 'The reasoning too; in a pipe on stderr.')
                , @(@('--hide-reasoning'), '', 'No reasoning.')
                , @(@('-q', '--quiet'), '', 'Only the answer and errors.')
                , @(@('--usage'), '', 'Tokens and times on stderr at the end.')
                , @(@('--no-stream'), '', 'Ask for the answer in one piece.')
                , @(@('--timeout'), 'text', 'Longest silence borne, in seconds.')
                , @(@('--retries'), 'text', 'Attempts after the first, before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts of this region.')
                , @(@('--strict'), '', 'Fail where something would be dropped or adapted.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope', 'Speak this wire, where the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'One line a step on stderr; secrets are masked.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'chat' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, alone or as PROVIDER/MODEL; with -p it is sent whole.')
                , @(@('-p', '--provider'), 'providers', 'Provider; alone, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile of the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-c', '--continue'), '', 'Go on with the last conversation; without words, with an answer that was cut.')
                , @(@('-C', '--conversation'), 'conversations', 'Go on with this one: id, title or last. An unknown name begins it.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without any text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a text file, a folder or a web page; - is stdin. Repeatable.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit of the answer.')
                , @(@('--stop'), 'text', 'End the answer before this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'How hard to reason, mapped to the model''s own dial.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown, nothing runs.')
                , @(@('--seed'), 'text', 'Seed, where the provider knows one.')
                , @(@('-o', '--option'), 'text', 'Any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--max-cost'), 'text', 'Ask before an answer costs more (in a pipe: exit 11); stop one that does. 0.05, 2CNY.')
                , @(@('--count'), '', 'Have the provider count the input before it is sent.')
                , @(@('--plain'), '', 'Text as it comes, also on a terminal.')
                , @(@('--show-reasoning'), '', 'The reasoning too; in a pipe on stderr.')
                , @(@('--hide-reasoning'), '', 'No reasoning.')
                , @(@('-q', '--quiet'), '', 'Only the answer and errors.')
                , @(@('--no-stream'), '', 'Ask for the answer in one piece.')
                , @(@('--timeout'), 'text', 'Longest silence borne, in seconds.')
                , @(@('--retries'), 'text', 'Attempts after the first, before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts of this region.')
                , @(@('--strict'), '', 'Fail where something would be dropped or adapted.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope', 'Speak this wire, where the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--debug'), '', 'One line a step on stderr; secrets are masked.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'completion' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('=bash,zsh,fish,powershell,man')
        }
        'cost' = @{
            Options = @(
                , @(@('--since'), 'text', 'From then on: 7d, 12h, 2026-11-01, all. Default: the last 30 days.')
                , @(@('--by'), '=day,model,provider,profile,conversation', 'What to add up by. Default: day.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--csv'), '', 'Print CSV.')
                , @(@('--utc'), '', 'Days of UTC instead of local ones.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'doctor' = @{
            Options = @(
                , @(@('--offline'), '', 'Ask no provider.')
                , @(@('--timeout'), 'text', 'Seconds for a provider to answer; default 5.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history' = @{
            Below = @(
                , @('list', 'The conversations, the last one used first.')
                , @('show', 'One conversation, from its beginning to where it goes on.')
                , @('search', 'The turns with all these words, the latest first.')
                , @('export', 'Write conversations as Markdown, JSON, JSONL or an HTML page.')
                , @('import', 'Take in conversations that were exported as JSON or JSONL.')
                , @('rename', 'Give a conversation another title.')
                , @('delete', 'Remove conversations for good, from copies and logs too.')
                , @('prune', 'Remove the conversations that are old, or the oldest ones.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history list' = @{
            Options = @(
                , @(@('--limit'), 'text', 'At most so many.')
                , @(@('--since'), 'text', 'Used since then: 7d, 12h, 2026-11-01.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history show' = @{
            Options = @(
                , @(@('--raw'), '', 'Only what was said, as it was said.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'history search' = @{
            Options = @(
                , @(@('--limit'), 'text', 'At most so many.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'history export' = @{
            Options = @(
                , @(@('--all'), '', 'Every conversation.')
                , @(@('--format'), '=md,json,jsonl,html', 'Default: what the file is called, else md, or jsonl with --all.')
                , @(@('--output'), 'file', 'Write to FILE instead of stdout.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'history import' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
        }
        'history rename' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
            Rest = 'text'
        }
        'history delete' = @{
            Options = @(
                , @(@('--yes'), '', 'Do not ask.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'conversations'
        }
        'history prune' = @{
            Options = @(
                , @(@('--older-than'), 'text', 'Not used since then: 90d, 2026-01-01.')
                , @(@('--keep-size'), 'text', 'The oldest, until the store has this size.')
                , @(@('--dry-run'), '', 'Only list them.')
                , @(@('--yes'), '', 'Do not ask.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'keys' = @{
            Below = @(
                , @('set', 'Store a key: typed unseen, or piped in.')
                , @('list', 'Every provider: its key''s last characters, where it comes from, its defaults.')
                , @('remove', 'Forget a stored key.')
                , @('import', 'Take known names out of a .env file; stored keys are kept.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'keys set' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers')
        }
        'keys list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'keys remove' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers')
        }
        'keys import' = @{
            Options = @(
                , @(@('--force'), '', 'Replace stored keys.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
        }
        'models' = @{
            Options = @(
                , @(@('--show'), '', 'Everything about the best match.')
                , @(@('-p', '--provider'), 'providers', 'Only this provider''s.')
                , @(@('--live'), '', 'Ask the providers for their own lists, and keep them.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--sort'), '=price,context,name', 'Cheapest, largest context, or by name.')
                , @(@('--all'), '', 'Those that are retired too.')
                , @(@('--vision'), '', 'Only those that take pictures.')
                , @(@('--tools'), '', 'Only those that call functions.')
                , @(@('--reasoning'), '', 'Only those that reason.')
                , @(@('--search'), '', 'Only those with the provider''s web search.')
                , @(@('--max-price'), 'text', 'At most so much for a million tokens, in and out: 2.5, 10CNY.')
                , @(@('--min-context'), 'text', 'At least so many tokens: 200k, 1M.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'profiles' = @{
            Below = @(
                , @('list', 'Every profile in one line.')
                , @('show', 'Every effective value and where it came from.')
                , @('set', 'Write settings into a profile; KEY= removes one.')
                , @('use', 'Make a profile the default.')
                , @('remove', 'Remove a profile.')
                , @('edit', 'Open the config in $VISUAL or $EDITOR, then check it.')
                , @('path', 'Print the config file''s path.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'profiles list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'profiles show' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles set' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
            Rest = 'text'
        }
        'profiles use' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles remove' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles edit' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'profiles path' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'Colour the output.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
    }

    function Find-Names($kind) {
        $caches = @($env:XDG_CACHE_HOME)
        if ($env:LOCALAPPDATA) { $caches += Join-Path $env:LOCALAPPDATA 'aichat\Cache' }
        if ($HOME) { $caches += "$HOME/.cache", "$HOME/Library/Caches" }
        foreach ($cache in $caches) {
            foreach ($file in "$cache/aichat/completion/$kind", "$cache/completion/$kind") {
                if ($cache -and (Test-Path -LiteralPath $file)) {
                    return Get-Content -LiteralPath $file -Encoding UTF8
                }
            }
        }
        if ($kind -eq 'providers') { return @('openai', 'gemini', 'xai', 'groq', 'anthropic', 'perplexity', 'moonshot', 'qwen', 'local') }
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
