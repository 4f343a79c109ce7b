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
                , @('balance', 'Show the credit that is left, or what was spent, as the provider counts.')
                , @('batch', 'Questions that a provider answers by itself: how far, and what came of them.')
                , @('chat', 'Chat in the terminal.')
                , @('completion', 'Print a shell completion script or the man page.')
                , @('cost', 'Show spending by day, model or conversation.')
                , @('count', 'Count the tokens of an input, as the provider does.')
                , @('doctor', 'Check the setup and suggest fixes.')
                , @('embed', 'Turn texts into vectors, and find what is alike.')
                , @('files', 'Upload, list, fetch and delete files at a provider.')
                , @('fix', 'Mend the last shell command.')
                , @('history', 'List, show, search, export and delete conversations.')
                , @('image', 'Draw pictures from words, or change the ones you give.')
                , @('jobs', 'List, wait for and cancel what providers go on with by themselves.')
                , @('keys', 'Set, list, remove and import API keys.')
                , @('live', 'Hold a realtime session, in text.')
                , @('mcp', 'List, trust and forget MCP servers; log in; show their logs.')
                , @('models', 'List models, their capabilities and prices.')
                , @('moderate', 'Have texts checked for what is harmful.')
                , @('profiles', 'Manage profiles: list, show, set, use, remove, edit.')
                , @('prompts', 'List, show, make, edit and import prompts of your own.')
                , @('replay', 'Ask a stored conversation''s questions again, and compare the answers.')
                , @('run', 'Run a prompt''s file as a program.')
                , @('sh', 'Turn words into one shell command; run it only when told to.')
                , @('speak', 'Have a text read aloud, as a sound file.')
                , @('tools', 'List the tools a model may have run here; test rules.')
                , @('transcribe', 'Write down what is said in a recording.')
                , @('trust', 'Trust a project''s .aichat.toml, or a prompt that runs commands.')
                , @('tune', 'Have a model learn from examples of yours.')
                , @('video', 'Have a video made from words and pictures.')
            )
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'api' = @{
            Options = @(
                , @(@('-d', '--data'), '@file', 'Request body; @FILE reads a file, @- stdin.')
                , @(@('-F', '--form'), '@file', 'Form field or file to upload; may end in ;type=T or ;filename=N. Repeatable.')
                , @(@('--query'), 'text', 'Add a query parameter. Repeatable.')
                , @(@('--paginate'), '', 'Fetch all pages of a list and print each.')
                , @(@('--max-pages'), 'text', 'With --paginate, at most so many; default 1000.')
                , @(@('-i', '--include'), '', 'Print status and headers too.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers', '=GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS', 'text')
        }
        'ask' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is. Repeat to ask several at once: in a pipe each answer gets a heading ''## PROVIDER/MODEL'', with --json they are an array.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-t', '--prompt'), 'prompts', 'Ask with a prompt of your own; WORDS may begin with its KEY=VALUE.')
                , @(@('--trust'), '', 'Trust the file of -t: run and read what it names.')
                , @(@('--no-project'), '', 'Use nothing of the project''s .aichat.toml.')
                , @(@('-c', '--continue'), '', 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.')
                , @(@('--here'), '', 'Like -c, but only of this pane or folder.')
                , @(@('--anywhere'), '', 'Like -c, but the last of all.')
                , @(@('-C', '--conversation'), 'conversations', 'Continue this conversation: id, title or last. A new name starts one.')
                , @(@('--in'), 'file', 'Go on from a conversation in a Markdown file, as edited.')
                , @(@('--background'), '', 'Have the provider go on without us; print the answer''s id.')
                , @(@('--resume'), 'text', 'Fetch the answer of --background; so does -c.')
                , @(@('--cached'), '', 'Answer from the store what was asked with this before.')
                , @(@('--tool-result'), 'text', 'Answer a call; @FILE reads it. Repeatable.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--edit'), '', 'Write the question in $VISUAL or $EDITOR; WORDS begin it.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--stop'), 'text', 'Stop the answer at this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown but never run.')
                , @(@('--schema'), 'schemas', 'Make the answer JSON of this schema: ''name, age int, tags [str]'', JSON, a file, or the NAME of one in the config folder''s schemas/.')
                , @(@('--schema-list'), 'schemas', 'Like --schema, for a list of such.')
                , @(@('--rows'), 'schemas', 'Like --schema-list; prints each row when whole.')
                , @(@('--csv'), '', 'Print --rows as CSV.')
                , @(@('--tsv'), '', 'Print --rows as tab-separated values.')
                , @(@('--prefill'), 'text', 'Start the answer with TEXT, if the model supports it.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('--verbosity'), '=low,medium,high', 'How long the answer is to be.')
                , @(@('--logprobs'), '', 'Give each token''s probability, in --json and --events.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--search'), '', 'Let the provider search the web; sources are listed.')
                , @(@('--search-x'), '', 'Let the provider search posts on X.')
                , @(@('--search-domain'), 'text', 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.')
                , @(@('--search-recency'), '=day,week,month,year', 'Search only what is this new.')
                , @(@('--search-context'), '=low,medium,high', 'How much the search may bring.')
                , @(@('--search-location'), 'text', 'Search as from there: ''Paris, FR'', or latitude and longitude.')
                , @(@('--fetch'), '', 'Let the provider open the addresses in the question.')
                , @(@('--code'), '', 'Let the provider run code.')
                , @(@('--file-search'), 'text', 'Let the provider search this store of files. Repeatable.')
                , @(@('--maps'), '', 'Let the provider look at maps.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--tier'), '=standard,flex,priority,fast', 'How fast or cheap it is served, where offered.')
                , @(@('--count'), '', 'Count the input with the provider before sending.')
                , @(@('--cache'), '=auto,off,long', 'Prompt caching: where it pays, never at a price, or kept long at one.')
                , @(@('-x', '--extract'), '', 'Print only the first code block.')
                , @(@('--extract-lang'), 'text', 'Like -x, for the first block in this language.')
                , @(@('--json'), '', 'Print one JSON object at the end.')
                , @(@('--events'), '', 'Print JSON events, one per line, as they happen.')
                , @(@('--plain'), '', 'Print raw text, even on a terminal.')
                , @(@('--markdown'), '', 'Render Markdown, even in a pipe.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('--show-reasoning'), '', 'Show the reasoning; in a pipe, on stderr.')
                , @(@('--hide-reasoning'), '', 'Hide the reasoning.')
                , @(@('--resolve-links'), '', 'List sources by where their links lead, not by redirects.')
                , @(@('--play'), '', 'Play what is said, with the system''s player.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--no-stream'), '', 'Get the answer in one piece.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--strict'), '', 'Fail instead of dropping or adapting anything.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope,interactions', 'Wire protocol, if the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--live'), '', 'Ask over a realtime session, in text.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--tool'), 'text', 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.')
                , @(@('--mcp'), 'file', 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client''s mcpServers file. Repeatable.')
                , @(@('--allow'), 'text', 'Run without asking what this rule names, e.g. ''read_file(src/**)''. Repeatable.')
                , @(@('--max-rounds'), 'text', 'Rounds of tool calls at most; default 20.')
                , @(@('--root'), 'folder', 'The folder that tools stay in; default: this one.')
                , @(@('--each'), 'file', 'Ask once for each line, record or file of this; {} or {FIELD} in WORDS is where it goes, else it is attached. The same command goes on where it was stopped.')
                , @(@('--each-format'), '=lines,jsonl,csv,tsv,files', 'What --each has; default: by its name.')
                , @(@('--jobs'), 'text', 'Questions of --each at once, at most; default 64.')
                , @(@('--unordered'), '', 'Print the answers of --each as they come.')
                , @(@('--batch'), '', 'Have the provider answer --each by itself, later and for less; see aichat batch.')
                , @(@('--retry-failed'), '', 'Ask again what failed in --each before.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'balance' = @{
            Options = @(
                , @(@('--since'), 'text', 'What was spent since (OpenAI, Anthropic, with an admin key): 7d, month.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'batch' = @{
            Below = @(
                , @('submit', 'Hand the questions of ask --each to their provider; print the ids of the batches.')
                , @('list', 'List the batches that were handed over.')
                , @('show', 'Ask its provider how far one is.')
                , @('wait', 'Wait for one, however long it takes.')
                , @('collect', 'Fetch the answers: a row of JSON for each input, in their order.')
                , @('cancel', 'End one; what was answered by then is billed.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'batch submit' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is. Repeat to ask several at once: in a pipe each answer gets a heading ''## PROVIDER/MODEL'', with --json they are an array.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-t', '--prompt'), 'prompts', 'Ask with a prompt of your own; WORDS may begin with its KEY=VALUE.')
                , @(@('--trust'), '', 'Trust the file of -t: run and read what it names.')
                , @(@('--no-project'), '', 'Use nothing of the project''s .aichat.toml.')
                , @(@('-c', '--continue'), '', 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.')
                , @(@('--here'), '', 'Like -c, but only of this pane or folder.')
                , @(@('--anywhere'), '', 'Like -c, but the last of all.')
                , @(@('-C', '--conversation'), 'conversations', 'Continue this conversation: id, title or last. A new name starts one.')
                , @(@('--in'), 'file', 'Go on from a conversation in a Markdown file, as edited.')
                , @(@('--background'), '', 'Have the provider go on without us; print the answer''s id.')
                , @(@('--resume'), 'text', 'Fetch the answer of --background; so does -c.')
                , @(@('--cached'), '', 'Answer from the store what was asked with this before.')
                , @(@('--tool-result'), 'text', 'Answer a call; @FILE reads it. Repeatable.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--edit'), '', 'Write the question in $VISUAL or $EDITOR; WORDS begin it.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--stop'), 'text', 'Stop the answer at this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown but never run.')
                , @(@('--schema'), 'schemas', 'Make the answer JSON of this schema: ''name, age int, tags [str]'', JSON, a file, or the NAME of one in the config folder''s schemas/.')
                , @(@('--schema-list'), 'schemas', 'Like --schema, for a list of such.')
                , @(@('--rows'), 'schemas', 'Like --schema-list; prints each row when whole.')
                , @(@('--csv'), '', 'Print --rows as CSV.')
                , @(@('--tsv'), '', 'Print --rows as tab-separated values.')
                , @(@('--prefill'), 'text', 'Start the answer with TEXT, if the model supports it.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('--verbosity'), '=low,medium,high', 'How long the answer is to be.')
                , @(@('--logprobs'), '', 'Give each token''s probability, in --json and --events.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--search'), '', 'Let the provider search the web; sources are listed.')
                , @(@('--search-x'), '', 'Let the provider search posts on X.')
                , @(@('--search-domain'), 'text', 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.')
                , @(@('--search-recency'), '=day,week,month,year', 'Search only what is this new.')
                , @(@('--search-context'), '=low,medium,high', 'How much the search may bring.')
                , @(@('--search-location'), 'text', 'Search as from there: ''Paris, FR'', or latitude and longitude.')
                , @(@('--fetch'), '', 'Let the provider open the addresses in the question.')
                , @(@('--code'), '', 'Let the provider run code.')
                , @(@('--file-search'), 'text', 'Let the provider search this store of files. Repeatable.')
                , @(@('--maps'), '', 'Let the provider look at maps.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--tier'), '=standard,flex,priority,fast', 'How fast or cheap it is served, where offered.')
                , @(@('--count'), '', 'Count the input with the provider before sending.')
                , @(@('--cache'), '=auto,off,long', 'Prompt caching: where it pays, never at a price, or kept long at one.')
                , @(@('-x', '--extract'), '', 'Print only the first code block.')
                , @(@('--extract-lang'), 'text', 'Like -x, for the first block in this language.')
                , @(@('--json'), '', 'Print one JSON object at the end.')
                , @(@('--events'), '', 'Print JSON events, one per line, as they happen.')
                , @(@('--plain'), '', 'Print raw text, even on a terminal.')
                , @(@('--markdown'), '', 'Render Markdown, even in a pipe.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('--show-reasoning'), '', 'Show the reasoning; in a pipe, on stderr.')
                , @(@('--hide-reasoning'), '', 'Hide the reasoning.')
                , @(@('--resolve-links'), '', 'List sources by where their links lead, not by redirects.')
                , @(@('--play'), '', 'Play what is said, with the system''s player.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--no-stream'), '', 'Get the answer in one piece.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--strict'), '', 'Fail instead of dropping or adapting anything.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope,interactions', 'Wire protocol, if the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--live'), '', 'Ask over a realtime session, in text.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--tool'), 'text', 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.')
                , @(@('--mcp'), 'file', 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client''s mcpServers file. Repeatable.')
                , @(@('--allow'), 'text', 'Run without asking what this rule names, e.g. ''read_file(src/**)''. Repeatable.')
                , @(@('--max-rounds'), 'text', 'Rounds of tool calls at most; default 20.')
                , @(@('--root'), 'folder', 'The folder that tools stay in; default: this one.')
                , @(@('--each'), 'file', 'Ask once for each line, record or file of this; {} or {FIELD} in WORDS is where it goes, else it is attached. The same command goes on where it was stopped.')
                , @(@('--each-format'), '=lines,jsonl,csv,tsv,files', 'What --each has; default: by its name.')
                , @(@('--jobs'), 'text', 'Questions of --each at once, at most; default 64.')
                , @(@('--unordered'), '', 'Print the answers of --each as they come.')
                , @(@('--retry-failed'), '', 'Ask again what failed in --each before.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'batch list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'batch show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'batch wait' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'batch collect' = @{
            Options = @(
                , @(@('-O', '--output'), 'file', 'Write the rows to FILE.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'batch cancel' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'chat' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-t', '--prompt'), 'prompts', 'Ask with a prompt of your own; WORDS may begin with its KEY=VALUE.')
                , @(@('--trust'), '', 'Trust the file of -t: run and read what it names.')
                , @(@('--no-project'), '', 'Use nothing of the project''s .aichat.toml.')
                , @(@('-c', '--continue'), '', 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.')
                , @(@('--here'), '', 'Like -c, but only of this pane or folder.')
                , @(@('--anywhere'), '', 'Like -c, but the last of all.')
                , @(@('-C', '--conversation'), 'conversations', 'Continue this conversation: id, title or last. A new name starts one.')
                , @(@('--in'), 'file', 'Go on from a conversation in a Markdown file, as edited.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--stop'), 'text', 'Stop the answer at this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown but never run.')
                , @(@('--schema'), 'schemas', 'Make the answer JSON of this schema: ''name, age int, tags [str]'', JSON, a file, or the NAME of one in the config folder''s schemas/.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('--verbosity'), '=low,medium,high', 'How long the answer is to be.')
                , @(@('--logprobs'), '', 'Give each token''s probability, in --json and --events.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--search'), '', 'Let the provider search the web; sources are listed.')
                , @(@('--search-x'), '', 'Let the provider search posts on X.')
                , @(@('--search-domain'), 'text', 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.')
                , @(@('--search-recency'), '=day,week,month,year', 'Search only what is this new.')
                , @(@('--search-context'), '=low,medium,high', 'How much the search may bring.')
                , @(@('--search-location'), 'text', 'Search as from there: ''Paris, FR'', or latitude and longitude.')
                , @(@('--fetch'), '', 'Let the provider open the addresses in the question.')
                , @(@('--code'), '', 'Let the provider run code.')
                , @(@('--file-search'), 'text', 'Let the provider search this store of files. Repeatable.')
                , @(@('--maps'), '', 'Let the provider look at maps.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--tier'), '=standard,flex,priority,fast', 'How fast or cheap it is served, where offered.')
                , @(@('--count'), '', 'Count the input with the provider before sending.')
                , @(@('--cache'), '=auto,off,long', 'Prompt caching: where it pays, never at a price, or kept long at one.')
                , @(@('--plain'), '', 'Print raw text, even on a terminal.')
                , @(@('--show-reasoning'), '', 'Show the reasoning; in a pipe, on stderr.')
                , @(@('--hide-reasoning'), '', 'Hide the reasoning.')
                , @(@('--resolve-links'), '', 'List sources by where their links lead, not by redirects.')
                , @(@('--play'), '', 'Play what is said, with the system''s player.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--no-stream'), '', 'Get the answer in one piece.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--strict'), '', 'Fail instead of dropping or adapting anything.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope,interactions', 'Wire protocol, if the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--tool'), 'text', 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.')
                , @(@('--mcp'), 'file', 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client''s mcpServers file. Repeatable.')
                , @(@('--allow'), 'text', 'Run without asking what this rule names, e.g. ''read_file(src/**)''. Repeatable.')
                , @(@('--max-rounds'), 'text', 'Rounds of tool calls at most; default 20.')
                , @(@('--root'), 'folder', 'The folder that tools stay in; default: this one.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'completion' = @{
            Options = @(
                , @(@('--keys'), '', 'Add Alt-E: words in the prompt become a command (see sh, fix).')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('=bash,zsh,fish,powershell,man')
        }
        'cost' = @{
            Options = @(
                , @(@('--since'), 'text', 'Start of the period: 7d, today, yesterday, week, month, 2026-11-01, all.')
                , @(@('--by'), '=day,model,provider,profile,conversation,kind', 'Group by this. Default: day.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--csv'), '', 'Print CSV.')
                , @(@('--utc'), '', 'Use UTC days instead of local ones.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'count' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model that would be asked.')
                , @(@('-f', '--file'), 'text', 'A text. Repeatable.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'doctor' = @{
            Options = @(
                , @(@('--offline'), '', 'Do not contact any provider.')
                , @(@('--timeout'), 'text', 'Seconds to wait for each provider; default 5.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers')
        }
        'embed' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the provider''s usual one.')
                , @(@('-f', '--file'), 'text', 'A text, or rows of .jsonl. Repeatable.')
                , @(@('--lines'), '', 'Each line is a text of its own.')
                , @(@('--dimensions'), 'text', 'Numbers of a vector, if it can be chosen.')
                , @(@('--task'), '=query,document,similarity,classification,clustering,code', 'What the vectors are for (Gemini).')
                , @(@('--normalise'), '', 'Scale each vector to the length 1.')
                , @(@('--format'), '=json,jsonl,csv,npy', 'How vectors are written; default json.')
                , @(@('--similar'), 'file', 'Rank the rows of a file made by --format jsonl.')
                , @(@('-O', '--output'), 'file', 'Write to FILE, or - for stdout.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'files' = @{
            Below = @(
                , @('put', 'Upload files; one that is there already is not sent again.')
                , @('list', 'List your files.')
                , @('show', 'Show what is known of a file.')
                , @('get', 'Download a file.')
                , @('text', 'Print the text that the provider read in a file.')
                , @('rm', 'Delete files at the provider.')
                , @('caches', 'Have Gemini keep a long prompt, for money by the hour; list and end what is kept.')
                , @('stores', 'Stores of files that a provider searches for an answer, with --file-search.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files put' = @{
            Options = @(
                , @(@('--purpose'), 'text', 'What for, in the provider''s words.')
                , @(@('--expires'), 'text', 'How long it is kept, where that can be chosen; default 2d.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'file'
        }
        'files list' = @{
            Options = @(
                , @(@('--limit'), 'text', 'At most this many; default 100.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'files get' = @{
            Options = @(
                , @(@('-O', '--output'), 'file', 'A file, a folder, or - for stdout.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'files text' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'files rm' = @{
            Options = @(
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'files caches' = @{
            Below = @(
                , @('create', 'Keep what many questions begin with; says what an hour costs first.')
                , @('list', 'List what is kept.')
                , @('show', 'Show what is known of one.')
                , @('rm', 'End some before their time; from then on they cost nothing.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files caches create' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model that will be asked.')
                , @(@('--ttl'), 'text', 'How long it is kept, as 30m or 2h; default 1h.')
                , @(@('--name'), 'text', 'What it is called in the list.')
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'files caches list' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files caches show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'files caches rm' = @{
            Options = @(
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'files stores' = @{
            Below = @(
                , @('create', 'Make a store and put files into it; says what that costs first.')
                , @('list', 'List your stores.')
                , @('show', 'Show a store and the files in it.')
                , @('add', 'Put files into a store, and wait until they can be searched.')
                , @('rm', 'Remove stores, or files out of one.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files stores create' = @{
            Options = @(
                , @(@('--expires'), 'text', 'How long it is kept unused, where that can be chosen; default 7d.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
            Rest = 'file'
        }
        'files stores list' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'files stores show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'files stores add' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
            Rest = 'file'
        }
        'files stores rm' = @{
            Options = @(
                , @(@('--file'), 'text', 'Only this file of the store; repeatable.')
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'fix' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--print'), '', 'Print the command alone, as in a pipe; ask nothing.')
                , @(@('--shell'), 'text', 'The shell that it is for; default $SHELL.')
                , @(@('--status'), 'text', 'The exit status that it had.')
                , @(@('--no-output'), '', 'Do not look at what it printed, nor send it.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'history' = @{
            Below = @(
                , @('list', 'List conversations, most recently used first.')
                , @('pick', 'Choose a conversation on the terminal; print its id.')
                , @('show', 'Show a conversation up to its latest turn.')
                , @('search', 'Find turns with all these words, latest first.')
                , @('export', 'Export conversations as Markdown, JSON, JSONL or HTML.')
                , @('import', 'Import conversations: exports, also of ChatGPT and Claude, and sessions of coding agents.')
                , @('rename', 'Rename a conversation.')
                , @('delete', 'Delete conversations permanently, from the store, its log and its copies.')
                , @('prune', 'Delete old conversations, by age or total size.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history list' = @{
            Options = @(
                , @(@('--limit'), 'text', 'Show at most this many.')
                , @(@('--since'), 'text', 'Only those used since: 7d, today, 2026-11-01.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history pick' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'history show' = @{
            Options = @(
                , @(@('--raw'), '', 'Print the bare text of the messages.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'history search' = @{
            Options = @(
                , @(@('--limit'), 'text', 'Show at most this many.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'history export' = @{
            Options = @(
                , @(@('--all'), '', 'Every conversation.')
                , @(@('--format'), '=md,json,jsonl,html', 'Default: by the name of FILE, else md, or jsonl with --all.')
                , @(@('--output'), 'file', 'Write to FILE instead of stdout.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'history import' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
        }
        'history rename' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
            Rest = 'text'
        }
        'history delete' = @{
            Options = @(
                , @(@('--copies'), '', 'Also delete whole copies of the store, such as one set aside as broken.')
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'conversations'
        }
        'history prune' = @{
            Options = @(
                , @(@('--older-than'), 'text', 'Delete those not used since: 90d, 2026-01-01.')
                , @(@('--keep-size'), 'text', 'Delete the oldest until the store fits this size.')
                , @(@('--copies'), '', 'Also delete whole copies of the store, such as one set aside as broken.')
                , @(@('--dry-run'), '', 'Only list what would be deleted.')
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'image' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the provider''s usual one.')
                , @(@('-n', '--count'), 'text', 'How many pictures; default 1.')
                , @(@('--variations'), '', 'More like the picture that is given.')
                , @(@('--mask'), 'file', 'PNG whose transparent part is drawn anew (OpenAI).')
                , @(@('--size'), 'text', 'Pixels, as 1536x1024, or auto (OpenAI, Qwen).')
                , @(@('--ratio'), 'text', 'Sides, as 16:9 (Gemini, xAI).')
                , @(@('--resolution'), 'text', 'How large: 1k, 2k, 4k (Gemini, xAI).')
                , @(@('--quality'), '=auto,low,medium,high,xhigh,max', 'How well (OpenAI, xAI).')
                , @(@('--format'), '=png,jpeg,webp', 'Of the file (OpenAI).')
                , @(@('--background'), '=auto,opaque,transparent', 'What is behind (OpenAI).')
                , @(@('--negative'), 'text', 'What is not to be seen (Qwen).')
                , @(@('--seed'), 'text', 'For the same picture again (Gemini, Qwen).')
                , @(@('--partial'), 'text', 'Previews while it is drawn, up to 3 (OpenAI).')
                , @(@('--no-preview'), '', 'Show no picture on the terminal.')
                , @(@('--again'), '', 'Draw anew, though the same is being drawn.')
                , @(@('-O', '--output'), 'file', 'A file, a folder, or - for stdout.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'jobs' = @{
            Below = @(
                , @('list', 'List the jobs that are remembered.')
                , @('show', 'Ask the provider how far a job is.')
                , @('wait', 'Follow a job to its end, and save what it made.')
                , @('cancel', 'End a job before its time.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'jobs list' = @{
            Options = @(
                , @(@('--all'), '', 'Old ones too.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'jobs show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'jobs wait' = @{
            Options = @(
                , @(@('-O', '--output'), 'file', 'A file, or a folder.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'jobs cancel' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'keys' = @{
            Below = @(
                , @('set', 'Store a key, from a hidden prompt or stdin.')
                , @('list', 'List providers: last characters of the key, its source, defaults.')
                , @('remove', 'Remove a stored key.')
                , @('import', 'Import known names from a .env file; stored keys are kept.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'keys set' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers')
        }
        'keys list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'keys remove' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('providers')
        }
        'keys import' = @{
            Options = @(
                , @(@('--force'), '', 'Replace stored keys.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
        }
        'live' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('-t', '--prompt'), 'prompts', 'Ask with a prompt of your own; WORDS may begin with its KEY=VALUE.')
                , @(@('--trust'), '', 'Trust the file of -t: run and read what it names.')
                , @(@('--no-project'), '', 'Use nothing of the project''s .aichat.toml.')
                , @(@('-c', '--continue'), '', 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.')
                , @(@('--here'), '', 'Like -c, but only of this pane or folder.')
                , @(@('--anywhere'), '', 'Like -c, but the last of all.')
                , @(@('-C', '--conversation'), 'conversations', 'Continue this conversation: id, title or last. A new name starts one.')
                , @(@('--in'), 'file', 'Go on from a conversation in a Markdown file, as edited.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--stop'), 'text', 'Stop the answer at this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown but never run.')
                , @(@('--schema'), 'schemas', 'Make the answer JSON of this schema: ''name, age int, tags [str]'', JSON, a file, or the NAME of one in the config folder''s schemas/.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('--verbosity'), '=low,medium,high', 'How long the answer is to be.')
                , @(@('--logprobs'), '', 'Give each token''s probability, in --json and --events.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--search'), '', 'Let the provider search the web; sources are listed.')
                , @(@('--search-x'), '', 'Let the provider search posts on X.')
                , @(@('--search-domain'), 'text', 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.')
                , @(@('--search-recency'), '=day,week,month,year', 'Search only what is this new.')
                , @(@('--search-context'), '=low,medium,high', 'How much the search may bring.')
                , @(@('--search-location'), 'text', 'Search as from there: ''Paris, FR'', or latitude and longitude.')
                , @(@('--fetch'), '', 'Let the provider open the addresses in the question.')
                , @(@('--code'), '', 'Let the provider run code.')
                , @(@('--file-search'), 'text', 'Let the provider search this store of files. Repeatable.')
                , @(@('--maps'), '', 'Let the provider look at maps.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--tier'), '=standard,flex,priority,fast', 'How fast or cheap it is served, where offered.')
                , @(@('--count'), '', 'Count the input with the provider before sending.')
                , @(@('--cache'), '=auto,off,long', 'Prompt caching: where it pays, never at a price, or kept long at one.')
                , @(@('--plain'), '', 'Print raw text, even on a terminal.')
                , @(@('--show-reasoning'), '', 'Show the reasoning; in a pipe, on stderr.')
                , @(@('--hide-reasoning'), '', 'Hide the reasoning.')
                , @(@('--resolve-links'), '', 'List sources by where their links lead, not by redirects.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--strict'), '', 'Fail instead of dropping or adapting anything.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--tool'), 'text', 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.')
                , @(@('--mcp'), 'file', 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client''s mcpServers file. Repeatable.')
                , @(@('--allow'), 'text', 'Run without asking what this rule names, e.g. ''read_file(src/**)''. Repeatable.')
                , @(@('--max-rounds'), 'text', 'Rounds of tool calls at most; default 20.')
                , @(@('--root'), 'folder', 'The folder that tools stay in; default: this one.')
                , @(@('--events'), '', 'Print JSON events, one per line, as they happen.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'mcp' = @{
            Below = @(
                , @('list', 'Reach every server of the config: version, tools, start time, trust.')
                , @('trust', 'Show a server''s tools, or what changed of them, and trust them.')
                , @('login', 'Log in at a server in a browser; its tokens are kept for it alone.')
                , @('logout', 'Forget the login at a server.')
                , @('forget', 'Trust a server no more.')
                , @('log', 'Show what a server printed when last started.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'mcp list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'mcp trust' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'mcp login' = @{
            Options = @(
                , @(@('--port'), 'text', 'The port that the browser comes back to.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'mcp logout' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'mcp forget' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'mcp log' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'models' = @{
            Options = @(
                , @(@('--show'), '', 'Show everything about the best match.')
                , @(@('-p', '--provider'), 'providers', 'Only models of this provider.')
                , @(@('--for'), '=chat,image,video,speech,transcribe,embed,moderate,realtime', 'What it is for; default chat.')
                , @(@('--live'), '', 'Fetch lists from the providers and cache them.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--sort'), '=price,context,name', 'Sort by price, context size or name.')
                , @(@('--all'), '', 'Include retired models.')
                , @(@('--retiring'), '', 'What of your profiles, aliases and last month''s models retires soon: in 90d, or in the span that is named.')
                , @(@('--vision'), '', 'Only models that accept images.')
                , @(@('--tools'), '', 'Only models that call tools.')
                , @(@('--reasoning'), '', 'Only models that reason.')
                , @(@('--search'), '', 'Only models with built-in web search.')
                , @(@('--max-price'), 'text', 'Maximum price per million tokens, in and out: 2.5, 10CNY.')
                , @(@('--min-context'), 'text', 'Minimum context in tokens: 200k, 1M.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'models'
        }
        'moderate' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the provider''s usual one.')
                , @(@('-f', '--file'), 'text', 'A text, or rows of .jsonl. Repeatable.')
                , @(@('--lines'), '', 'Each line is a text of its own.')
                , @(@('--fail'), '', 'Exit with 10 where a text is flagged.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'profiles' = @{
            Below = @(
                , @('list', 'List profiles, one per line.')
                , @('show', 'Show every effective value and where it came from.')
                , @('set', 'Change settings of a profile; KEY= removes one.')
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
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'profiles show' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles set' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
            Rest = 'text'
        }
        'profiles use' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles remove' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('profiles')
        }
        'profiles edit' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'profiles path' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'prompts' = @{
            Below = @(
                , @('list', 'List prompts, one per line, with their variables.')
                , @('show', 'Show what a prompt sets and says.')
                , @('new', 'Make a prompt to begin with, and print its path.')
                , @('edit', 'Open a prompt in $VISUAL or $EDITOR, then check it.')
                , @('import', 'Copy prompts of other tools: roles, macros, templates, patterns, commands, skills.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'prompts list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'prompts show' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('prompts')
        }
        'prompts new' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('prompts')
        }
        'prompts edit' = @{
            Options = @(
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('prompts')
        }
        'prompts import' = @{
            Options = @(
                , @(@('--from'), '=aichat,role,fabric,claude,prompt.md,llm,macro,prompt.yml,gemini', 'The format, where name and folder of a file do not tell it.')
                , @(@('--force'), '', 'Take the place of a prompt of the same name.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'replay' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Who answers; else the one that did.')
                , @(@('--judge'), 'text', 'Have this model score both answers.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope,interactions', 'Wire protocol, if the provider has several.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'run' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is. Repeat to ask several at once: in a pipe each answer gets a heading ''## PROVIDER/MODEL'', with --json they are an array.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-s', '--system'), '@file', 'System prompt, or @FILE.')
                , @(@('--trust'), '', 'Trust the file of -t: run and read what it names.')
                , @(@('--no-project'), '', 'Use nothing of the project''s .aichat.toml.')
                , @(@('-c', '--continue'), '', 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.')
                , @(@('--here'), '', 'Like -c, but only of this pane or folder.')
                , @(@('--anywhere'), '', 'Like -c, but the last of all.')
                , @(@('-C', '--conversation'), 'conversations', 'Continue this conversation: id, title or last. A new name starts one.')
                , @(@('--in'), 'file', 'Go on from a conversation in a Markdown file, as edited.')
                , @(@('--background'), '', 'Have the provider go on without us; print the answer''s id.')
                , @(@('--resume'), 'text', 'Fetch the answer of --background; so does -c.')
                , @(@('--cached'), '', 'Answer from the store what was asked with this before.')
                , @(@('--tool-result'), 'text', 'Answer a call; @FILE reads it. Repeatable.')
                , @(@('--no-save'), '', 'Do not store the conversation; token counts are kept for budgets, without text.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--edit'), '', 'Write the question in $VISUAL or $EDITOR; WORDS begin it.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--temperature'), 'text', 'Randomness, usually 0 to 2.')
                , @(@('--top-p'), 'text', 'Nucleus sampling, 0 to 1.')
                , @(@('--max-tokens'), 'text', 'Limit the length of the answer.')
                , @(@('--stop'), 'text', 'Stop the answer at this text. Repeatable.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--tools'), 'file', 'Function definitions; calls are shown but never run.')
                , @(@('--schema'), 'schemas', 'Make the answer JSON of this schema: ''name, age int, tags [str]'', JSON, a file, or the NAME of one in the config folder''s schemas/.')
                , @(@('--schema-list'), 'schemas', 'Like --schema, for a list of such.')
                , @(@('--rows'), 'schemas', 'Like --schema-list; prints each row when whole.')
                , @(@('--csv'), '', 'Print --rows as CSV.')
                , @(@('--tsv'), '', 'Print --rows as tab-separated values.')
                , @(@('--prefill'), 'text', 'Start the answer with TEXT, if the model supports it.')
                , @(@('--seed'), 'text', 'Sampling seed, if the provider supports one.')
                , @(@('--verbosity'), '=low,medium,high', 'How long the answer is to be.')
                , @(@('--logprobs'), '', 'Give each token''s probability, in --json and --events.')
                , @(@('-o', '--option'), 'text', 'Set any field of the request body; dotted keys, null removes. Repeatable.')
                , @(@('--search'), '', 'Let the provider search the web; sources are listed.')
                , @(@('--search-x'), '', 'Let the provider search posts on X.')
                , @(@('--search-domain'), 'text', 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.')
                , @(@('--search-recency'), '=day,week,month,year', 'Search only what is this new.')
                , @(@('--search-context'), '=low,medium,high', 'How much the search may bring.')
                , @(@('--search-location'), 'text', 'Search as from there: ''Paris, FR'', or latitude and longitude.')
                , @(@('--fetch'), '', 'Let the provider open the addresses in the question.')
                , @(@('--code'), '', 'Let the provider run code.')
                , @(@('--file-search'), 'text', 'Let the provider search this store of files. Repeatable.')
                , @(@('--maps'), '', 'Let the provider look at maps.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--tier'), '=standard,flex,priority,fast', 'How fast or cheap it is served, where offered.')
                , @(@('--count'), '', 'Count the input with the provider before sending.')
                , @(@('--cache'), '=auto,off,long', 'Prompt caching: where it pays, never at a price, or kept long at one.')
                , @(@('-x', '--extract'), '', 'Print only the first code block.')
                , @(@('--extract-lang'), 'text', 'Like -x, for the first block in this language.')
                , @(@('--json'), '', 'Print one JSON object at the end.')
                , @(@('--events'), '', 'Print JSON events, one per line, as they happen.')
                , @(@('--plain'), '', 'Print raw text, even on a terminal.')
                , @(@('--markdown'), '', 'Render Markdown, even in a pipe.')
                , @(@('--output'), 'file', 'Write the answer to FILE instead of stdout.')
                , @(@('--show-reasoning'), '', 'Show the reasoning; in a pipe, on stderr.')
                , @(@('--hide-reasoning'), '', 'Hide the reasoning.')
                , @(@('--resolve-links'), '', 'List sources by where their links lead, not by redirects.')
                , @(@('--play'), '', 'Play what is said, with the system''s player.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--no-stream'), '', 'Get the answer in one piece.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--strict'), '', 'Fail instead of dropping or adapting anything.')
                , @(@('--wire'), '=chat,responses,messages,gemini,dashscope,interactions', 'Wire protocol, if the provider has several.')
                , @(@('--header'), 'text', 'Add a header. Repeatable.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--live'), '', 'Ask over a realtime session, in text.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--tool'), 'text', 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.')
                , @(@('--mcp'), 'file', 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client''s mcpServers file. Repeatable.')
                , @(@('--allow'), 'text', 'Run without asking what this rule names, e.g. ''read_file(src/**)''. Repeatable.')
                , @(@('--max-rounds'), 'text', 'Rounds of tool calls at most; default 20.')
                , @(@('--root'), 'folder', 'The folder that tools stay in; default: this one.')
                , @(@('--each'), 'file', 'Ask once for each line, record or file of this; {} or {FIELD} in WORDS is where it goes, else it is attached. The same command goes on where it was stopped.')
                , @(@('--each-format'), '=lines,jsonl,csv,tsv,files', 'What --each has; default: by its name.')
                , @(@('--jobs'), 'text', 'Questions of --each at once, at most; default 64.')
                , @(@('--unordered'), '', 'Print the answers of --each as they come.')
                , @(@('--batch'), '', 'Have the provider answer --each by itself, later and for less; see aichat batch.')
                , @(@('--retry-failed'), '', 'Ask again what failed in --each before.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
            Rest = 'text'
        }
        'sh' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--effort'), '=none,minimal,low,medium,high,xhigh,max', 'Reasoning effort, mapped to the model''s own setting.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--print'), '', 'Print the command alone, as in a pipe; ask nothing.')
                , @(@('--shell'), 'text', 'The shell that it is for; default $SHELL.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'speak' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the provider''s usual one.')
                , @(@('-f', '--file'), 'text', 'A text. Repeatable.')
                , @(@('--voice'), 'text', 'Whose voice, by the provider''s name for it.')
                , @(@('--style'), 'text', 'How it is read, in words (OpenAI, Gemini).')
                , @(@('--speed'), 'text', 'How fast; 1 is as usual (OpenAI, xAI).')
                , @(@('--language'), 'text', 'Its language (Gemini, xAI, Qwen).')
                , @(@('--format'), '=mp3,wav,opus,flac,pcm', 'Of the file; default: the provider''s usual one.')
                , @(@('-O', '--output'), 'file', 'A file, a folder, or - for stdout.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('--play'), '', 'Play what is said, with the system''s player.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
        }
        'tools' = @{
            Below = @(
                , @('list', 'List the tools, where they are from and what they take of a request.')
                , @('show', 'Show everything about a tool.')
                , @('test', 'Say which rule decides about a call, and why; nothing is run.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'tools list' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'tools show' = @{
            Options = @(
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text')
        }
        'tools test' = @{
            Options = @(
                , @(@('--allow'), 'text', 'A rule besides those of the config.')
                , @(@('--root'), 'folder', 'The folder that tools stay in.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('text', 'text')
        }
        'transcribe' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the usual one that can.')
                , @(@('--format'), '=text,json,srt,vtt', 'How it is written; default text.')
                , @(@('--timestamps'), '=word,segment', 'With times.')
                , @(@('--diarize'), '', 'Tell who speaks (OpenAI, Gemini, xAI).')
                , @(@('--translate'), '', 'Into English (OpenAI, Groq).')
                , @(@('--language'), 'text', 'The language that is spoken, as en or nl.')
                , @(@('--prompt'), 'prompts', 'What came before, or words that occur in it.')
                , @(@('--keyword'), 'text', 'A word to be listened for. Repeatable.')
                , @(@('-O', '--output'), 'file', 'A file, or a folder for several.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('--again'), '', 'Ask again, though the same goes on (Qwen''s long ones).')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--usage'), '', 'Print tokens and times to stderr at the end.')
                , @(@('--no-stream'), '', 'Get the answer in one piece.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'file'
        }
        'trust' = @{
            Options = @(
                , @(@('--list'), '', 'List what is trusted, and what has changed since.')
                , @(@('--forget'), '', 'Trust it no more.')
                , @(@('--yes'), '', 'Do not ask: it was looked at elsewhere.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('file')
        }
        'tune' = @{
            Below = @(
                , @('create', 'Check the files, upload them and start a job.')
                , @('list', 'List your jobs.')
                , @('show', 'Show a job, with the curve of its loss.')
                , @('events', 'Print what happened to a job.')
                , @('cancel', 'End a job.')
            )
            Options = @(
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'tune create' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'The model that learns.')
                , @(@('--train'), 'file', 'What it learns from: JSON lines.')
                , @(@('--valid'), 'file', 'What it is tested by: JSON lines.')
                , @(@('--method'), '=sft,dpo,rft', 'From answers, preferences or grades; default sft.')
                , @(@('--suffix'), 'text', 'Part of the new model''s name.')
                , @(@('--epochs'), 'text', 'How often it goes through them.')
                , @(@('--seed'), 'text', 'Makes it repeatable.')
                , @(@('--again'), '', 'Start another, though the same goes on.')
                , @(@('--yes'), '', 'Skip the confirmation prompt.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'tune list' = @{
            Options = @(
                , @(@('--limit'), 'text', 'At most this many; default 20.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
        }
        'tune show' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'tune events' = @{
            Options = @(
                , @(@('--follow'), '', 'Go on until it is over; Ctrl-C leaves it running.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'tune cancel' = @{
            Options = @(
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Places = @('conversations')
        }
        'video' = @{
            Options = @(
                , @(@('-m', '--model'), 'models', 'Model; default: the provider''s usual one.')
                , @(@('--last'), 'file', 'The picture that it ends with (xAI, Qwen).')
                , @(@('--seconds'), 'text', 'How long it is.')
                , @(@('--ratio'), 'text', 'Its sides, as 16:9.')
                , @(@('--resolution'), '=360p,480p,720p,1080p,4k', 'How sharp it is.')
                , @(@('--negative'), 'text', 'What is not to be seen (Qwen).')
                , @(@('--seed'), 'text', 'For the same video again (Qwen).')
                , @(@('--audio'), '', 'With sound (xAI, Qwen).')
                , @(@('--silent'), '', 'Without sound (xAI, Qwen).')
                , @(@('--extend'), 'text', 'Go on with a video: a job, a file or a URL.')
                , @(@('--no-wait'), '', 'Print the job''s id, and leave it to the provider.')
                , @(@('--again'), '', 'Make another, though the same is being made.')
                , @(@('-O', '--output'), 'file', 'A file, or a folder.')
                , @(@('--force'), '', 'Overwrite a file that is there.')
                , @(@('-p', '--provider'), 'providers', 'Provider; without -m, its default model.')
                , @(@('-P', '--profile'), 'profiles', 'Profile from the config file.')
                , @(@('-f', '--file', '-a', '--attach'), 'file', 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server''s resource; #3-7 are pages, #10s-60s a part of a video. Repeatable.')
                , @(@('--allow-local'), '', 'Let -f URL reach this machine and its network.')
                , @(@('--no-stdin'), '', 'Do not read stdin.')
                , @(@('--max-stdin'), 'text', 'Allow more than 10 MB of stdin, e.g. 50M.')
                , @(@('--max-cost'), 'text', 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.')
                , @(@('-q', '--quiet'), '', 'Print only the answer and errors.')
                , @(@('--timeout'), 'text', 'Give up after this many seconds of silence.')
                , @(@('--retries'), 'text', 'Retries before any output; default 2.')
                , @(@('--region'), 'text', 'Use the provider''s hosts in this region.')
                , @(@('--dry-run'), '', 'Print the request as a curl command; send nothing.')
                , @(@('--debug'), '', 'Log each step to stderr; secrets are masked.')
                , @(@('--json'), '', 'Print JSON.')
                , @(@('--version'), '', 'Print the version.')
                , @(@('--config-dir'), 'folder', 'Use this folder for config and credentials.')
                , @(@('--color'), '=auto,always,never', 'When to colour the output.')
                , @(@('--record'), 'folder', 'Keep all exchanges with servers in this folder.')
                , @(@('--replay'), 'folder', 'Play kept exchanges back; nothing is sent.')
                , @(@('--help'), '', 'Show what a command takes, and leave.')
            )
            Rest = 'text'
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
