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
        set -l file $cache/aichat/completion/$argv[1]
        test -r $file; and echo $file; and return
    end
    return 1
end

function __aichat_live
    set -l file (__aichat_file $argv[1])
    if test -z "$file"
        test $argv[1] = providers; and string split ' ' 'openai gemini xai groq anthropic perplexity moonshot qwen local'
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
set -g __aichat_valued --config-dir --color -d --data -F --form --query --max-pages -P --profile --output --timeout --retries --region --header -m --model -p --provider -s --system -C --conversation --tool-result -f --file -a --attach --max-stdin --temperature --top-p --max-tokens --stop --effort --tools --schema --schema-list --rows --prefill --seed -o --option --search-domain --search-recency --search-context --search-location --file-search --max-cost --cache --extract-lang --wire --tool --mcp --allow --max-rounds --root --since --by --purpose --expires --limit -O --format --older-than --keep-size --sort --max-price --min-context
set -g __aichat_paths \
    'api' \
    'ask' \
    'chat' \
    'completion' \
    'cost' \
    'doctor' \
    'files' \
    'files put' \
    'files list' \
    'files show' \
    'files get' \
    'files text' \
    'files rm' \
    'history' \
    'history list' \
    'history pick' \
    'history show' \
    'history search' \
    'history export' \
    'history import' \
    'history rename' \
    'history delete' \
    'history prune' \
    'keys' \
    'keys set' \
    'keys list' \
    'keys remove' \
    'keys import' \
    'mcp' \
    'mcp list' \
    'mcp trust' \
    'mcp forget' \
    'mcp log' \
    'models' \
    'profiles' \
    'profiles list' \
    'profiles show' \
    'profiles set' \
    'profiles use' \
    'profiles remove' \
    'profiles edit' \
    'profiles path' \
    'tools' \
    'tools list' \
    'tools show' \
    'tools test'

complete -c aichat -n '__aichat_at ""' -a api -d 'Call any HTTP endpoint of a provider.'
complete -c aichat -n '__aichat_at ""' -a ask -d 'Ask one question and print the answer.'
complete -c aichat -n '__aichat_at ""' -a chat -d 'Chat in the terminal.'
complete -c aichat -n '__aichat_at ""' -a completion -d 'Print a shell completion script or the man page.'
complete -c aichat -n '__aichat_at ""' -a cost -d 'Show spending by day, model or conversation.'
complete -c aichat -n '__aichat_at ""' -a doctor -d 'Check the setup and suggest fixes.'
complete -c aichat -n '__aichat_at ""' -a files -d 'Upload, list, fetch and delete files at a provider.'
complete -c aichat -n '__aichat_at ""' -a history -d 'List, show, search, export and delete conversations.'
complete -c aichat -n '__aichat_at ""' -a keys -d 'Set, list, remove and import API keys.'
complete -c aichat -n '__aichat_at ""' -a mcp -d 'List, trust and forget MCP servers; show their logs.'
complete -c aichat -n '__aichat_at ""' -a models -d 'List models, their capabilities and prices.'
complete -c aichat -n '__aichat_at ""' -a profiles -d 'Manage profiles: list, show, set, use, remove, edit.'
complete -c aichat -n '__aichat_at ""' -a tools -d 'List the tools a model may have run here; test rules.'
complete -c aichat -n '__aichat_at ""' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at ""' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at ""' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at ""' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "api"' -s d -l data -x -a '(__aichat_at_file)' -d 'Request body; @FILE reads a file, @- stdin.'
complete -c aichat -n '__aichat_at "api"' -s F -l form -x -a '(__aichat_at_file)' -d 'Form field or file to upload; may end in ;type=T or ;filename=N. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l query -x -d 'Add a query parameter. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l paginate -d 'Fetch all pages of a list and print each.'
complete -c aichat -n '__aichat_at "api"' -l max-pages -x -d 'With --paginate, at most so many; default 1000.'
complete -c aichat -n '__aichat_at "api"' -s i -l include -d 'Print status and headers too.'
complete -c aichat -n '__aichat_at "api"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "api"' -l output -r -F -d 'Write the answer to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "api"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "api"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "api"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "api"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "api"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "api"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "api"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "api"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "api"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "api"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "api" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "api" 1' -a 'GET POST PUT PATCH DELETE HEAD OPTIONS'
complete -c aichat -n '__aichat_at "ask"' -s m -l model -x -a '(__aichat_live models)' -d 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is. Repeat to ask several at once: in a pipe each answer gets a heading \'## PROVIDER/MODEL\', with --json they are an array.'
complete -c aichat -n '__aichat_at "ask"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "ask"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "ask"' -s s -l system -x -a '(__aichat_at_file)' -d 'System prompt, or @FILE.'
complete -c aichat -n '__aichat_at "ask"' -s c -l continue -d 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.'
complete -c aichat -n '__aichat_at "ask"' -l here -d 'Like -c, but only of this pane or folder.'
complete -c aichat -n '__aichat_at "ask"' -l anywhere -d 'Like -c, but the last of all.'
complete -c aichat -n '__aichat_at "ask"' -s C -l conversation -x -k -a '(__aichat_live conversations)' -d 'Continue this conversation: id, title or last. A new name starts one.'
complete -c aichat -n '__aichat_at "ask"' -l tool-result -x -d 'Return the result of a tool call; @FILE reads a file. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l no-save -d 'Do not store the conversation; token counts are kept for budgets, without text.'
complete -c aichat -n '__aichat_at "ask"' -s f -l file -s a -l attach -r -F -d 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard; #3-7 are pages, #10s-60s a part of a video. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l edit -d 'Write the question in $VISUAL or $EDITOR; WORDS begin it.'
complete -c aichat -n '__aichat_at "ask"' -l allow-local -d 'Let -f URL reach this machine and its network.'
complete -c aichat -n '__aichat_at "ask"' -l no-stdin -d 'Do not read stdin.'
complete -c aichat -n '__aichat_at "ask"' -l max-stdin -x -d 'Allow more than 10 MB of stdin, e.g. 50M.'
complete -c aichat -n '__aichat_at "ask"' -l temperature -x -d 'Randomness, usually 0 to 2.'
complete -c aichat -n '__aichat_at "ask"' -l top-p -x -d 'Nucleus sampling, 0 to 1.'
complete -c aichat -n '__aichat_at "ask"' -l max-tokens -x -d 'Limit the length of the answer.'
complete -c aichat -n '__aichat_at "ask"' -l stop -x -d 'Stop the answer at this text. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l effort -x -a 'none minimal low medium high xhigh max' -d 'Reasoning effort, mapped to the model\'s own setting.'
complete -c aichat -n '__aichat_at "ask"' -l tools -r -F -d 'Function definitions; calls are shown but never run.'
complete -c aichat -n '__aichat_at "ask"' -l schema -x -d 'Make the answer JSON of this schema: \'name, age int, tags [str]\', JSON, a file, or the NAME of one in the config folder\'s schemas/.'
complete -c aichat -n '__aichat_at "ask"' -l schema-list -x -d 'Like --schema, for a list of such.'
complete -c aichat -n '__aichat_at "ask"' -l rows -x -d 'Like --schema-list; each row is printed as soon as it is whole.'
complete -c aichat -n '__aichat_at "ask"' -l csv -d 'Print --rows as CSV.'
complete -c aichat -n '__aichat_at "ask"' -l tsv -d 'Print --rows as tab-separated values.'
complete -c aichat -n '__aichat_at "ask"' -l prefill -x -d 'Start the answer with TEXT, if the model supports it.'
complete -c aichat -n '__aichat_at "ask"' -l seed -x -d 'Sampling seed, if the provider supports one.'
complete -c aichat -n '__aichat_at "ask"' -s o -l option -x -d 'Set any field of the request body; dotted keys, null removes. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l search -d 'Let the provider search the web; sources are listed.'
complete -c aichat -n '__aichat_at "ask"' -l search-x -d 'Let the provider search posts on X.'
complete -c aichat -n '__aichat_at "ask"' -l search-domain -x -d 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l search-recency -x -a 'day week month year' -d 'Search only what is this new.'
complete -c aichat -n '__aichat_at "ask"' -l search-context -x -a 'low medium high' -d 'How much the search may bring.'
complete -c aichat -n '__aichat_at "ask"' -l search-location -x -d 'Search as from there: \'Paris, FR\', or latitude and longitude.'
complete -c aichat -n '__aichat_at "ask"' -l fetch -d 'Let the provider open the addresses in the question.'
complete -c aichat -n '__aichat_at "ask"' -l code -d 'Let the provider run code.'
complete -c aichat -n '__aichat_at "ask"' -l file-search -x -d 'Let the provider search this store of files. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l maps -d 'Let the provider look at maps.'
complete -c aichat -n '__aichat_at "ask"' -l max-cost -x -d 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.'
complete -c aichat -n '__aichat_at "ask"' -l count -d 'Count the input with the provider before sending.'
complete -c aichat -n '__aichat_at "ask"' -l cache -x -a 'auto off long' -d 'Prompt caching: where it pays, never at a price, or kept long at one.'
complete -c aichat -n '__aichat_at "ask"' -s x -l extract -d 'Print only the first code block.'
complete -c aichat -n '__aichat_at "ask"' -l extract-lang -x -d 'Like -x, for the first block in this language.'
complete -c aichat -n '__aichat_at "ask"' -l json -d 'Print one JSON object at the end.'
complete -c aichat -n '__aichat_at "ask"' -l events -d 'Print JSON events, one per line, as they happen.'
complete -c aichat -n '__aichat_at "ask"' -l plain -d 'Print raw text, even on a terminal.'
complete -c aichat -n '__aichat_at "ask"' -l markdown -d 'Render Markdown, even in a pipe.'
complete -c aichat -n '__aichat_at "ask"' -l output -r -F -d 'Write the answer to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "ask"' -l show-reasoning -d 'Show the reasoning; in a pipe, on stderr.'
complete -c aichat -n '__aichat_at "ask"' -l hide-reasoning -d 'Hide the reasoning.'
complete -c aichat -n '__aichat_at "ask"' -l play -d 'Play what is said, with the system\'s player.'
complete -c aichat -n '__aichat_at "ask"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "ask"' -l usage -d 'Print tokens and times to stderr at the end.'
complete -c aichat -n '__aichat_at "ask"' -l no-stream -d 'Get the answer in one piece.'
complete -c aichat -n '__aichat_at "ask"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "ask"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "ask"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "ask"' -l strict -d 'Fail instead of dropping or adapting anything.'
complete -c aichat -n '__aichat_at "ask"' -l wire -x -a 'chat responses messages gemini dashscope' -d 'Wire protocol, if the provider has several.'
complete -c aichat -n '__aichat_at "ask"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "ask"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "ask"' -l tool -x -d 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l mcp -r -F -d 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client\'s mcpServers file. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l allow -x -d 'Run without asking what this rule names, e.g. \'read_file(src/**)\'. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l max-rounds -x -d 'Rounds of tool calls at most; default 20.'
complete -c aichat -n '__aichat_at "ask"' -l root -x -a '(__fish_complete_directories)' -d 'The folder that tools stay in; default: this one.'
complete -c aichat -n '__aichat_at "ask"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "ask"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "ask"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "ask"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "chat"' -s m -l model -x -a '(__aichat_live models)' -d 'Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.'
complete -c aichat -n '__aichat_at "chat"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "chat"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "chat"' -s s -l system -x -a '(__aichat_at_file)' -d 'System prompt, or @FILE.'
complete -c aichat -n '__aichat_at "chat"' -s c -l continue -d 'Continue the last conversation of this terminal pane, else of this folder, else of all; without words, finish a cut-off answer.'
complete -c aichat -n '__aichat_at "chat"' -l here -d 'Like -c, but only of this pane or folder.'
complete -c aichat -n '__aichat_at "chat"' -l anywhere -d 'Like -c, but the last of all.'
complete -c aichat -n '__aichat_at "chat"' -s C -l conversation -x -k -a '(__aichat_live conversations)' -d 'Continue this conversation: id, title or last. A new name starts one.'
complete -c aichat -n '__aichat_at "chat"' -l no-save -d 'Do not store the conversation; token counts are kept for budgets, without text.'
complete -c aichat -n '__aichat_at "chat"' -s f -l file -s a -l attach -r -F -d 'Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a web page; - is stdin, clip: the clipboard; #3-7 are pages, #10s-60s a part of a video. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l allow-local -d 'Let -f URL reach this machine and its network.'
complete -c aichat -n '__aichat_at "chat"' -l temperature -x -d 'Randomness, usually 0 to 2.'
complete -c aichat -n '__aichat_at "chat"' -l top-p -x -d 'Nucleus sampling, 0 to 1.'
complete -c aichat -n '__aichat_at "chat"' -l max-tokens -x -d 'Limit the length of the answer.'
complete -c aichat -n '__aichat_at "chat"' -l stop -x -d 'Stop the answer at this text. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l effort -x -a 'none minimal low medium high xhigh max' -d 'Reasoning effort, mapped to the model\'s own setting.'
complete -c aichat -n '__aichat_at "chat"' -l tools -r -F -d 'Function definitions; calls are shown but never run.'
complete -c aichat -n '__aichat_at "chat"' -l schema -x -d 'Make the answer JSON of this schema: \'name, age int, tags [str]\', JSON, a file, or the NAME of one in the config folder\'s schemas/.'
complete -c aichat -n '__aichat_at "chat"' -l seed -x -d 'Sampling seed, if the provider supports one.'
complete -c aichat -n '__aichat_at "chat"' -s o -l option -x -d 'Set any field of the request body; dotted keys, null removes. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l search -d 'Let the provider search the web; sources are listed.'
complete -c aichat -n '__aichat_at "chat"' -l search-x -d 'Let the provider search posts on X.'
complete -c aichat -n '__aichat_at "chat"' -l search-domain -x -d 'Search only this domain, with - before it never; @NAME is an account on X. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l search-recency -x -a 'day week month year' -d 'Search only what is this new.'
complete -c aichat -n '__aichat_at "chat"' -l search-context -x -a 'low medium high' -d 'How much the search may bring.'
complete -c aichat -n '__aichat_at "chat"' -l search-location -x -d 'Search as from there: \'Paris, FR\', or latitude and longitude.'
complete -c aichat -n '__aichat_at "chat"' -l fetch -d 'Let the provider open the addresses in the question.'
complete -c aichat -n '__aichat_at "chat"' -l code -d 'Let the provider run code.'
complete -c aichat -n '__aichat_at "chat"' -l file-search -x -d 'Let the provider search this store of files. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l maps -d 'Let the provider look at maps.'
complete -c aichat -n '__aichat_at "chat"' -l max-cost -x -d 'Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.'
complete -c aichat -n '__aichat_at "chat"' -l count -d 'Count the input with the provider before sending.'
complete -c aichat -n '__aichat_at "chat"' -l cache -x -a 'auto off long' -d 'Prompt caching: where it pays, never at a price, or kept long at one.'
complete -c aichat -n '__aichat_at "chat"' -l plain -d 'Print raw text, even on a terminal.'
complete -c aichat -n '__aichat_at "chat"' -l show-reasoning -d 'Show the reasoning; in a pipe, on stderr.'
complete -c aichat -n '__aichat_at "chat"' -l hide-reasoning -d 'Hide the reasoning.'
complete -c aichat -n '__aichat_at "chat"' -l play -d 'Play what is said, with the system\'s player.'
complete -c aichat -n '__aichat_at "chat"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "chat"' -l no-stream -d 'Get the answer in one piece.'
complete -c aichat -n '__aichat_at "chat"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "chat"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "chat"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "chat"' -l strict -d 'Fail instead of dropping or adapting anything.'
complete -c aichat -n '__aichat_at "chat"' -l wire -x -a 'chat responses messages gemini dashscope' -d 'Wire protocol, if the provider has several.'
complete -c aichat -n '__aichat_at "chat"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "chat"' -l tool -x -d 'Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l mcp -r -F -d 'Offer the tools of this MCP server: a name of the config, a command in quotes, a URL or a client\'s mcpServers file. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l allow -x -d 'Run without asking what this rule names, e.g. \'read_file(src/**)\'. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l max-rounds -x -d 'Rounds of tool calls at most; default 20.'
complete -c aichat -n '__aichat_at "chat"' -l root -x -a '(__fish_complete_directories)' -d 'The folder that tools stay in; default: this one.'
complete -c aichat -n '__aichat_at "chat"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "chat"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "chat"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "chat"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "completion"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "completion"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "completion"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "completion"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "completion" 0' -a 'bash zsh fish powershell man'
complete -c aichat -n '__aichat_at "cost"' -l since -x -d 'Start of the period: 7d, today, yesterday, week, month, 2026-11-01, all.'
complete -c aichat -n '__aichat_at "cost"' -l by -x -a 'day model provider profile conversation' -d 'Group by this. Default: day.'
complete -c aichat -n '__aichat_at "cost"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "cost"' -l csv -d 'Print CSV.'
complete -c aichat -n '__aichat_at "cost"' -l utc -d 'Use UTC days instead of local ones.'
complete -c aichat -n '__aichat_at "cost"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "cost"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "cost"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "cost"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "doctor"' -l offline -d 'Do not contact any provider.'
complete -c aichat -n '__aichat_at "doctor"' -l timeout -x -d 'Seconds to wait for each provider; default 5.'
complete -c aichat -n '__aichat_at "doctor"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "doctor"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "doctor"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "doctor"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "doctor"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "doctor" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "files"' -a put -d 'Upload files; one that is there already is not sent again.'
complete -c aichat -n '__aichat_at "files"' -a list -d 'List your files.'
complete -c aichat -n '__aichat_at "files"' -a show -d 'Show what is known of a file.'
complete -c aichat -n '__aichat_at "files"' -a get -d 'Download a file.'
complete -c aichat -n '__aichat_at "files"' -a text -d 'Print the text that the provider read in a file.'
complete -c aichat -n '__aichat_at "files"' -a rm -d 'Delete files at the provider.'
complete -c aichat -n '__aichat_at "files"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files put"' -l purpose -x -d 'What for, in the provider\'s words.'
complete -c aichat -n '__aichat_at "files put"' -l expires -x -d 'How long it is kept, where that can be chosen; default 2d.'
complete -c aichat -n '__aichat_at "files put"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files put"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files put"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files put"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files put"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files put"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files put"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files put"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files put"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files put"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files put"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files put"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files put"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files list"' -l limit -x -d 'At most this many; default 100.'
complete -c aichat -n '__aichat_at "files list"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files list"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files list"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files list"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files list"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files list"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files list"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files list"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files show"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files show"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files show"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files show"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files show"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files show"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files show"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files show"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files show"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files show" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "files get"' -s O -l output -r -F -d 'A file, a folder, or - for stdout.'
complete -c aichat -n '__aichat_at "files get"' -l force -d 'Overwrite a file that is there.'
complete -c aichat -n '__aichat_at "files get"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files get"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files get"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files get"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files get"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files get"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files get"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files get"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files get"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files get"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files get"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files get"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files get"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files get" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "files text"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files text"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files text"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files text"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files text"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files text"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files text"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files text"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files text"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files text"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files text"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files text"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files text"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files text" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "files rm"' -l yes -d 'Skip the confirmation prompt.'
complete -c aichat -n '__aichat_at "files rm"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; without -m, its default model.'
complete -c aichat -n '__aichat_at "files rm"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile from the config file.'
complete -c aichat -n '__aichat_at "files rm"' -s q -l quiet -d 'Print only the answer and errors.'
complete -c aichat -n '__aichat_at "files rm"' -l timeout -x -d 'Give up after this many seconds of silence.'
complete -c aichat -n '__aichat_at "files rm"' -l retries -x -d 'Retries before any output; default 2.'
complete -c aichat -n '__aichat_at "files rm"' -l region -x -d 'Use the provider\'s hosts in this region.'
complete -c aichat -n '__aichat_at "files rm"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "files rm"' -l debug -d 'Log each step to stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "files rm"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "files rm"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "files rm"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "files rm"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "files rm"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "files rm"' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history"' -a list -d 'List conversations, most recently used first.'
complete -c aichat -n '__aichat_at "history"' -a pick -d 'Choose a conversation on the terminal; print its id.'
complete -c aichat -n '__aichat_at "history"' -a show -d 'Show a conversation up to its latest turn.'
complete -c aichat -n '__aichat_at "history"' -a search -d 'Find turns with all these words, latest first.'
complete -c aichat -n '__aichat_at "history"' -a export -d 'Export conversations as Markdown, JSON, JSONL or HTML.'
complete -c aichat -n '__aichat_at "history"' -a import -d 'Import conversations exported as JSON or JSONL.'
complete -c aichat -n '__aichat_at "history"' -a rename -d 'Rename a conversation.'
complete -c aichat -n '__aichat_at "history"' -a delete -d 'Delete conversations permanently, from the store, its log and its copies.'
complete -c aichat -n '__aichat_at "history"' -a prune -d 'Delete old conversations, by age or total size.'
complete -c aichat -n '__aichat_at "history"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history list"' -l limit -x -d 'Show at most this many.'
complete -c aichat -n '__aichat_at "history list"' -l since -x -d 'Only those used since: 7d, today, 2026-11-01.'
complete -c aichat -n '__aichat_at "history list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history pick"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history pick"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history pick"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history pick"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history show"' -l raw -d 'Print the bare text of the messages.'
complete -c aichat -n '__aichat_at "history show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history show"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history show" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history search"' -l limit -x -d 'Show at most this many.'
complete -c aichat -n '__aichat_at "history search"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history search"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history search"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history search"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history search"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history export"' -l all -d 'Every conversation.'
complete -c aichat -n '__aichat_at "history export"' -l format -x -a 'md json jsonl html' -d 'Default: by the name of FILE, else md, or jsonl with --all.'
complete -c aichat -n '__aichat_at "history export"' -l output -r -F -d 'Write to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "history export"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history export"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history export"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history export"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history export" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history import"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history import"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history import"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history import"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history import" 0' -F
complete -c aichat -n '__aichat_at "history rename"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history rename"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history rename"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history rename"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history rename" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history delete"' -l copies -d 'Also delete whole copies of the store, such as one set aside as broken.'
complete -c aichat -n '__aichat_at "history delete"' -l yes -d 'Skip the confirmation prompt.'
complete -c aichat -n '__aichat_at "history delete"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history delete"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history delete"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history delete"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history delete"' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history prune"' -l older-than -x -d 'Delete those not used since: 90d, 2026-01-01.'
complete -c aichat -n '__aichat_at "history prune"' -l keep-size -x -d 'Delete the oldest until the store fits this size.'
complete -c aichat -n '__aichat_at "history prune"' -l copies -d 'Also delete whole copies of the store, such as one set aside as broken.'
complete -c aichat -n '__aichat_at "history prune"' -l dry-run -d 'Only list what would be deleted.'
complete -c aichat -n '__aichat_at "history prune"' -l yes -d 'Skip the confirmation prompt.'
complete -c aichat -n '__aichat_at "history prune"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history prune"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history prune"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "history prune"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys"' -a set -d 'Store a key, from a hidden prompt or stdin.'
complete -c aichat -n '__aichat_at "keys"' -a list -d 'List providers: last characters of the key, its source, defaults.'
complete -c aichat -n '__aichat_at "keys"' -a remove -d 'Remove a stored key.'
complete -c aichat -n '__aichat_at "keys"' -a import -d 'Import known names from a .env file; stored keys are kept.'
complete -c aichat -n '__aichat_at "keys"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys set"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys set"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys set"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "keys set"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys set" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "keys list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "keys list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "keys list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys remove"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys remove"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys remove"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "keys remove"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys remove" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "keys import"' -l force -d 'Replace stored keys.'
complete -c aichat -n '__aichat_at "keys import"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys import"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys import"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "keys import"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys import" 0' -F
complete -c aichat -n '__aichat_at "mcp"' -a list -d 'Reach every server of the config: version, tools, start time, trust.'
complete -c aichat -n '__aichat_at "mcp"' -a trust -d 'Show a server\'s tools, or what changed of them, and trust them.'
complete -c aichat -n '__aichat_at "mcp"' -a forget -d 'Trust a server no more.'
complete -c aichat -n '__aichat_at "mcp"' -a log -d 'Show what a server printed when last started.'
complete -c aichat -n '__aichat_at "mcp"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "mcp list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "mcp list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "mcp list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "mcp list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "mcp list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "mcp trust"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "mcp trust"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "mcp trust"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "mcp trust"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "mcp forget"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "mcp forget"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "mcp forget"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "mcp forget"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "mcp log"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "mcp log"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "mcp log"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "mcp log"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "models"' -l show -d 'Show everything about the best match.'
complete -c aichat -n '__aichat_at "models"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Only models of this provider.'
complete -c aichat -n '__aichat_at "models"' -l live -d 'Fetch lists from the providers and cache them.'
complete -c aichat -n '__aichat_at "models"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "models"' -l sort -x -a 'price context name' -d 'Sort by price, context size or name.'
complete -c aichat -n '__aichat_at "models"' -l all -d 'Include retired models.'
complete -c aichat -n '__aichat_at "models"' -l retiring -d 'What of your profiles, aliases and last month\'s models retires soon: in 90d, or in the span that is named.'
complete -c aichat -n '__aichat_at "models"' -l vision -d 'Only models that accept images.'
complete -c aichat -n '__aichat_at "models"' -l tools -d 'Only models that call tools.'
complete -c aichat -n '__aichat_at "models"' -l reasoning -d 'Only models that reason.'
complete -c aichat -n '__aichat_at "models"' -l search -d 'Only models with built-in web search.'
complete -c aichat -n '__aichat_at "models"' -l max-price -x -d 'Maximum price per million tokens, in and out: 2.5, 10CNY.'
complete -c aichat -n '__aichat_at "models"' -l min-context -x -d 'Minimum context in tokens: 200k, 1M.'
complete -c aichat -n '__aichat_at "models"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "models"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "models"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "models"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "models"' -a '(__aichat_live models)'
complete -c aichat -n '__aichat_at "profiles"' -a list -d 'List profiles, one per line.'
complete -c aichat -n '__aichat_at "profiles"' -a show -d 'Show every effective value and where it came from.'
complete -c aichat -n '__aichat_at "profiles"' -a set -d 'Change settings of a profile; KEY= removes one.'
complete -c aichat -n '__aichat_at "profiles"' -a use -d 'Make a profile the default.'
complete -c aichat -n '__aichat_at "profiles"' -a remove -d 'Remove a profile.'
complete -c aichat -n '__aichat_at "profiles"' -a edit -d 'Open the config in $VISUAL or $EDITOR, then check it.'
complete -c aichat -n '__aichat_at "profiles"' -a path -d 'Print the config file\'s path.'
complete -c aichat -n '__aichat_at "profiles"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "profiles list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "profiles show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles show"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles show" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles set"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles set"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles set"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles set"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles set" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles use"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles use"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles use"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles use"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles use" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles remove"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles remove"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles remove"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles remove"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles remove" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles edit"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles edit"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles edit"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles edit"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles path"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles path"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles path"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "profiles path"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "tools"' -a list -d 'List the tools, where they are from and what they take of a request.'
complete -c aichat -n '__aichat_at "tools"' -a show -d 'Show everything about a tool.'
complete -c aichat -n '__aichat_at "tools"' -a test -d 'Say which rule decides about a call, and why; nothing is run.'
complete -c aichat -n '__aichat_at "tools"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "tools list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "tools list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "tools list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "tools list"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "tools list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "tools show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "tools show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "tools show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "tools show"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "tools show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "tools test"' -l allow -x -d 'A rule besides those of the config.'
complete -c aichat -n '__aichat_at "tools test"' -l root -x -a '(__fish_complete_directories)' -d 'The folder that tools stay in.'
complete -c aichat -n '__aichat_at "tools test"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "tools test"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "tools test"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "tools test"' -l color -x -a 'auto always never' -d 'When to colour the output.'
complete -c aichat -n '__aichat_at "tools test"' -l help -d 'Show what a command takes, and leave.'
