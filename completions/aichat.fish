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
set -g __aichat_valued --config-dir --color -d --data -F --form --query -P --profile --output --timeout --retries --region --header -m --model -p --provider -s --system -C --conversation --tool-result -f --file -a --attach --max-stdin --temperature --top-p --max-tokens --stop --effort --tools --prefill --seed -o --option --max-cost --extract-lang --wire --since --by --limit --format --older-than --keep-size --sort --max-price --min-context
set -g __aichat_paths \
    'api' \
    'ask' \
    'chat' \
    'completion' \
    'cost' \
    'doctor' \
    'history' \
    'history list' \
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
    'models' \
    'profiles' \
    'profiles list' \
    'profiles show' \
    'profiles set' \
    'profiles use' \
    'profiles remove' \
    'profiles edit' \
    'profiles path'

complete -c aichat -n '__aichat_at ""' -a api -d 'Call any HTTP endpoint of a provider.'
complete -c aichat -n '__aichat_at ""' -a ask -d 'Ask one question and print the answer.'
complete -c aichat -n '__aichat_at ""' -a chat -d 'Hold a conversation on the terminal.'
complete -c aichat -n '__aichat_at ""' -a completion -d 'Print the completion of a shell, or the manual page.'
complete -c aichat -n '__aichat_at ""' -a cost -d 'What was spent, by day, model or conversation.'
complete -c aichat -n '__aichat_at ""' -a doctor -d 'Say what works here, and what to do about the rest.'
complete -c aichat -n '__aichat_at ""' -a history -d 'List, show, search, export and delete conversations.'
complete -c aichat -n '__aichat_at ""' -a keys -d 'Set, list, remove and import API keys.'
complete -c aichat -n '__aichat_at ""' -a models -d 'What models there are, what they can do and cost.'
complete -c aichat -n '__aichat_at ""' -a profiles -d 'The profile store: list, show, set, use, remove, edit.'
complete -c aichat -n '__aichat_at ""' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at ""' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at ""' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at ""' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "api"' -s d -l data -x -d 'The body; @FILE reads it, @- is stdin.'
complete -c aichat -n '__aichat_at "api"' -s F -l form -x -d 'A field of a form, or a file to upload; ;type=T and ;filename=N after it. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l query -x -d 'Add to the query. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l paginate -d 'Go on to the last page of a list, each printed as it is.'
complete -c aichat -n '__aichat_at "api"' -s i -l include -d 'Print status and headers too.'
complete -c aichat -n '__aichat_at "api"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile of the config file.'
complete -c aichat -n '__aichat_at "api"' -l output -r -F -d 'Write the answer to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "api"' -s q -l quiet -d 'Only the answer and errors.'
complete -c aichat -n '__aichat_at "api"' -l timeout -x -d 'Longest silence borne, in seconds.'
complete -c aichat -n '__aichat_at "api"' -l retries -x -d 'Attempts after the first, before any output; default 2.'
complete -c aichat -n '__aichat_at "api"' -l region -x -d 'Use the provider\'s hosts of this region.'
complete -c aichat -n '__aichat_at "api"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "api"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "api"' -l debug -d 'One line a step on stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "api"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "api"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "api"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "api"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "api" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "ask"' -s m -l model -x -a '(__aichat_live models)' -d 'Model, alone or as PROVIDER/MODEL; with -p it is sent whole. Repeat it to ask several at once: in a pipe each answer stands under a heading \'## PROVIDER/MODEL\', with --json they are an array.'
complete -c aichat -n '__aichat_at "ask"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; alone, its default model.'
complete -c aichat -n '__aichat_at "ask"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile of the config file.'
complete -c aichat -n '__aichat_at "ask"' -s s -l system -x -a '(__aichat_at_file)' -d 'System prompt, or @FILE.'
complete -c aichat -n '__aichat_at "ask"' -s c -l continue -d 'Go on with the last conversation; without words, with an answer that was cut.'
complete -c aichat -n '__aichat_at "ask"' -s C -l conversation -x -k -a '(__aichat_live conversations)' -d 'Go on with this one: id, title or last. An unknown name begins it.'
complete -c aichat -n '__aichat_at "ask"' -l tool-result -x -d 'Answer a tool call of the conversation; @FILE reads it. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l no-save -d 'Do not store the conversation; token counts are kept for budgets, without any text.'
complete -c aichat -n '__aichat_at "ask"' -s f -l file -s a -l attach -r -F -d 'Attach a text file, a folder or a web page; - is stdin. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l no-stdin -d 'Do not read stdin.'
complete -c aichat -n '__aichat_at "ask"' -l max-stdin -x -d 'Take more than 10 MB of stdin, e.g. 50M.'
complete -c aichat -n '__aichat_at "ask"' -l temperature -x -d 'Randomness, usually 0 to 2.'
complete -c aichat -n '__aichat_at "ask"' -l top-p -x -d 'Nucleus sampling, 0 to 1.'
complete -c aichat -n '__aichat_at "ask"' -l max-tokens -x -d 'Limit of the answer.'
complete -c aichat -n '__aichat_at "ask"' -l stop -x -d 'End the answer before this text. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l effort -x -a 'none minimal low medium high xhigh max' -d 'How hard to reason, mapped to the model\'s own dial.'
complete -c aichat -n '__aichat_at "ask"' -l tools -r -F -d 'Function definitions; calls are shown, nothing runs.'
complete -c aichat -n '__aichat_at "ask"' -l prefill -x -d 'Begin the answer with TEXT, where the model can.'
complete -c aichat -n '__aichat_at "ask"' -l seed -x -d 'Seed, where the provider knows one.'
complete -c aichat -n '__aichat_at "ask"' -s o -l option -x -d 'Any field of the request body; dotted keys, null removes. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l max-cost -x -d 'Ask before an answer costs more (in a pipe: exit 11); stop one that does. 0.05, 2CNY.'
complete -c aichat -n '__aichat_at "ask"' -l count -d 'Have the provider count the input before it is sent.'
complete -c aichat -n '__aichat_at "ask"' -s x -l extract -d 'Print only the first code block.'
complete -c aichat -n '__aichat_at "ask"' -l extract-lang -x -d 'Like -x, for the first block of this language.'
complete -c aichat -n '__aichat_at "ask"' -l json -d 'Print one JSON object at the end.'
complete -c aichat -n '__aichat_at "ask"' -l events -d 'Print one JSON event a line, as it happens.'
complete -c aichat -n '__aichat_at "ask"' -l plain -d 'Text as it comes, also on a terminal.'
complete -c aichat -n '__aichat_at "ask"' -l markdown -d 'Drawn Markdown, also in a pipe.'
complete -c aichat -n '__aichat_at "ask"' -l output -r -F -d 'Write the answer to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "ask"' -l show-reasoning -d 'The reasoning too; in a pipe on stderr.'
complete -c aichat -n '__aichat_at "ask"' -l hide-reasoning -d 'No reasoning.'
complete -c aichat -n '__aichat_at "ask"' -s q -l quiet -d 'Only the answer and errors.'
complete -c aichat -n '__aichat_at "ask"' -l usage -d 'Tokens and times on stderr at the end.'
complete -c aichat -n '__aichat_at "ask"' -l no-stream -d 'Ask for the answer in one piece.'
complete -c aichat -n '__aichat_at "ask"' -l timeout -x -d 'Longest silence borne, in seconds.'
complete -c aichat -n '__aichat_at "ask"' -l retries -x -d 'Attempts after the first, before any output; default 2.'
complete -c aichat -n '__aichat_at "ask"' -l region -x -d 'Use the provider\'s hosts of this region.'
complete -c aichat -n '__aichat_at "ask"' -l strict -d 'Fail where something would be dropped or adapted.'
complete -c aichat -n '__aichat_at "ask"' -l wire -x -a 'chat responses messages gemini dashscope' -d 'Speak this wire, where the provider has several.'
complete -c aichat -n '__aichat_at "ask"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "ask"' -l dry-run -d 'Print the request as a curl command; send nothing.'
complete -c aichat -n '__aichat_at "ask"' -l debug -d 'One line a step on stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "ask"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "ask"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "ask"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "ask"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "chat"' -s m -l model -x -a '(__aichat_live models)' -d 'Model, alone or as PROVIDER/MODEL; with -p it is sent whole.'
complete -c aichat -n '__aichat_at "chat"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Provider; alone, its default model.'
complete -c aichat -n '__aichat_at "chat"' -s P -l profile -x -a '(__aichat_live profiles)' -d 'Profile of the config file.'
complete -c aichat -n '__aichat_at "chat"' -s s -l system -x -a '(__aichat_at_file)' -d 'System prompt, or @FILE.'
complete -c aichat -n '__aichat_at "chat"' -s c -l continue -d 'Go on with the last conversation; without words, with an answer that was cut.'
complete -c aichat -n '__aichat_at "chat"' -s C -l conversation -x -k -a '(__aichat_live conversations)' -d 'Go on with this one: id, title or last. An unknown name begins it.'
complete -c aichat -n '__aichat_at "chat"' -l no-save -d 'Do not store the conversation; token counts are kept for budgets, without any text.'
complete -c aichat -n '__aichat_at "chat"' -s f -l file -s a -l attach -r -F -d 'Attach a text file, a folder or a web page; - is stdin. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l temperature -x -d 'Randomness, usually 0 to 2.'
complete -c aichat -n '__aichat_at "chat"' -l top-p -x -d 'Nucleus sampling, 0 to 1.'
complete -c aichat -n '__aichat_at "chat"' -l max-tokens -x -d 'Limit of the answer.'
complete -c aichat -n '__aichat_at "chat"' -l stop -x -d 'End the answer before this text. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l effort -x -a 'none minimal low medium high xhigh max' -d 'How hard to reason, mapped to the model\'s own dial.'
complete -c aichat -n '__aichat_at "chat"' -l tools -r -F -d 'Function definitions; calls are shown, nothing runs.'
complete -c aichat -n '__aichat_at "chat"' -l seed -x -d 'Seed, where the provider knows one.'
complete -c aichat -n '__aichat_at "chat"' -s o -l option -x -d 'Any field of the request body; dotted keys, null removes. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l max-cost -x -d 'Ask before an answer costs more (in a pipe: exit 11); stop one that does. 0.05, 2CNY.'
complete -c aichat -n '__aichat_at "chat"' -l count -d 'Have the provider count the input before it is sent.'
complete -c aichat -n '__aichat_at "chat"' -l plain -d 'Text as it comes, also on a terminal.'
complete -c aichat -n '__aichat_at "chat"' -l show-reasoning -d 'The reasoning too; in a pipe on stderr.'
complete -c aichat -n '__aichat_at "chat"' -l hide-reasoning -d 'No reasoning.'
complete -c aichat -n '__aichat_at "chat"' -s q -l quiet -d 'Only the answer and errors.'
complete -c aichat -n '__aichat_at "chat"' -l no-stream -d 'Ask for the answer in one piece.'
complete -c aichat -n '__aichat_at "chat"' -l timeout -x -d 'Longest silence borne, in seconds.'
complete -c aichat -n '__aichat_at "chat"' -l retries -x -d 'Attempts after the first, before any output; default 2.'
complete -c aichat -n '__aichat_at "chat"' -l region -x -d 'Use the provider\'s hosts of this region.'
complete -c aichat -n '__aichat_at "chat"' -l strict -d 'Fail where something would be dropped or adapted.'
complete -c aichat -n '__aichat_at "chat"' -l wire -x -a 'chat responses messages gemini dashscope' -d 'Speak this wire, where the provider has several.'
complete -c aichat -n '__aichat_at "chat"' -l header -x -d 'Add a header. Repeatable.'
complete -c aichat -n '__aichat_at "chat"' -l debug -d 'One line a step on stderr; secrets are masked.'
complete -c aichat -n '__aichat_at "chat"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "chat"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "chat"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "chat"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "completion"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "completion"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "completion"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "completion"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "completion" 0' -a 'bash zsh fish powershell man'
complete -c aichat -n '__aichat_at "cost"' -l since -x -d 'From then on: 7d, 12h, 2026-11-01, all. Default: the last 30 days.'
complete -c aichat -n '__aichat_at "cost"' -l by -x -a 'day model provider profile conversation' -d 'What to add up by. Default: day.'
complete -c aichat -n '__aichat_at "cost"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "cost"' -l csv -d 'Print CSV.'
complete -c aichat -n '__aichat_at "cost"' -l utc -d 'Days of UTC instead of local ones.'
complete -c aichat -n '__aichat_at "cost"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "cost"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "cost"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "cost"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "doctor"' -l offline -d 'Ask no provider.'
complete -c aichat -n '__aichat_at "doctor"' -l timeout -x -d 'Seconds for a provider to answer; default 5.'
complete -c aichat -n '__aichat_at "doctor"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "doctor"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "doctor"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "doctor"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "doctor"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history"' -a list -d 'The conversations, the last one used first.'
complete -c aichat -n '__aichat_at "history"' -a show -d 'One conversation, from its beginning to where it goes on.'
complete -c aichat -n '__aichat_at "history"' -a search -d 'The turns with all these words, the latest first.'
complete -c aichat -n '__aichat_at "history"' -a export -d 'Write conversations as Markdown, JSON, JSONL or an HTML page.'
complete -c aichat -n '__aichat_at "history"' -a import -d 'Take in conversations that were exported as JSON or JSONL.'
complete -c aichat -n '__aichat_at "history"' -a rename -d 'Give a conversation another title.'
complete -c aichat -n '__aichat_at "history"' -a delete -d 'Remove conversations for good, from copies and logs too.'
complete -c aichat -n '__aichat_at "history"' -a prune -d 'Remove the conversations that are old, or the oldest ones.'
complete -c aichat -n '__aichat_at "history"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history list"' -l limit -x -d 'At most so many.'
complete -c aichat -n '__aichat_at "history list"' -l since -x -d 'Used since then: 7d, 12h, 2026-11-01.'
complete -c aichat -n '__aichat_at "history list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history list"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history show"' -l raw -d 'Only what was said, as it was said.'
complete -c aichat -n '__aichat_at "history show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history show"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history show" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history search"' -l limit -x -d 'At most so many.'
complete -c aichat -n '__aichat_at "history search"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "history search"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history search"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history search"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history search"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history export"' -l all -d 'Every conversation.'
complete -c aichat -n '__aichat_at "history export"' -l format -x -a 'md json jsonl html' -d 'Default: what the file is called, else md, or jsonl with --all.'
complete -c aichat -n '__aichat_at "history export"' -l output -r -F -d 'Write to FILE instead of stdout.'
complete -c aichat -n '__aichat_at "history export"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history export"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history export"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history export"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history export" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history import"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history import"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history import"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history import"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history import" 0' -F
complete -c aichat -n '__aichat_at "history rename"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history rename"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history rename"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history rename"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history rename" 0' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history delete"' -l yes -d 'Do not ask.'
complete -c aichat -n '__aichat_at "history delete"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history delete"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history delete"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history delete"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "history delete"' -k -a '(__aichat_live conversations)'
complete -c aichat -n '__aichat_at "history prune"' -l older-than -x -d 'Not used since then: 90d, 2026-01-01.'
complete -c aichat -n '__aichat_at "history prune"' -l keep-size -x -d 'The oldest, until the store has this size.'
complete -c aichat -n '__aichat_at "history prune"' -l dry-run -d 'Only list them.'
complete -c aichat -n '__aichat_at "history prune"' -l yes -d 'Do not ask.'
complete -c aichat -n '__aichat_at "history prune"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "history prune"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "history prune"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "history prune"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys"' -a set -d 'Store a key: typed unseen, or piped in.'
complete -c aichat -n '__aichat_at "keys"' -a list -d 'Every provider: its key\'s last characters, where it comes from, its defaults.'
complete -c aichat -n '__aichat_at "keys"' -a remove -d 'Forget a stored key.'
complete -c aichat -n '__aichat_at "keys"' -a import -d 'Take known names out of a .env file; stored keys are kept.'
complete -c aichat -n '__aichat_at "keys"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys set"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys set"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys set"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "keys set"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys set" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "keys list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "keys list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys list"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "keys list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys remove"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys remove"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys remove"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "keys remove"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys remove" 0' -a '(__aichat_live providers)'
complete -c aichat -n '__aichat_at "keys import"' -l force -d 'Replace stored keys.'
complete -c aichat -n '__aichat_at "keys import"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "keys import"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "keys import"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "keys import"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "keys import" 0' -F
complete -c aichat -n '__aichat_at "models"' -l show -d 'Everything about the best match.'
complete -c aichat -n '__aichat_at "models"' -s p -l provider -x -a '(__aichat_live providers)' -d 'Only this provider\'s.'
complete -c aichat -n '__aichat_at "models"' -l live -d 'Ask the providers for their own lists, and keep them.'
complete -c aichat -n '__aichat_at "models"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "models"' -l sort -x -a 'price context name' -d 'Cheapest, largest context, or by name.'
complete -c aichat -n '__aichat_at "models"' -l all -d 'Those that are retired too.'
complete -c aichat -n '__aichat_at "models"' -l vision -d 'Only those that take pictures.'
complete -c aichat -n '__aichat_at "models"' -l tools -d 'Only those that call functions.'
complete -c aichat -n '__aichat_at "models"' -l reasoning -d 'Only those that reason.'
complete -c aichat -n '__aichat_at "models"' -l search -d 'Only those with the provider\'s web search.'
complete -c aichat -n '__aichat_at "models"' -l max-price -x -d 'At most so much for a million tokens, in and out: 2.5, 10CNY.'
complete -c aichat -n '__aichat_at "models"' -l min-context -x -d 'At least so many tokens: 200k, 1M.'
complete -c aichat -n '__aichat_at "models"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "models"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "models"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "models"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles"' -a list -d 'Every profile in one line.'
complete -c aichat -n '__aichat_at "profiles"' -a show -d 'Every effective value and where it came from.'
complete -c aichat -n '__aichat_at "profiles"' -a set -d 'Write settings into a profile; KEY= removes one.'
complete -c aichat -n '__aichat_at "profiles"' -a use -d 'Make a profile the default.'
complete -c aichat -n '__aichat_at "profiles"' -a remove -d 'Remove a profile.'
complete -c aichat -n '__aichat_at "profiles"' -a edit -d 'Open the config in $VISUAL or $EDITOR, then check it.'
complete -c aichat -n '__aichat_at "profiles"' -a path -d 'Print the config file\'s path.'
complete -c aichat -n '__aichat_at "profiles"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles list"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "profiles list"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles list"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles list"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles list"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles show"' -l json -d 'Print JSON.'
complete -c aichat -n '__aichat_at "profiles show"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles show"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles show"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles show"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles show" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles set"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles set"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles set"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles set"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles set" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles use"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles use"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles use"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles use"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles use" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles remove"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles remove"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles remove"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles remove"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles remove" 0' -a '(__aichat_live profiles)'
complete -c aichat -n '__aichat_at "profiles edit"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles edit"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles edit"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles edit"' -l help -d 'Show what a command takes, and leave.'
complete -c aichat -n '__aichat_at "profiles path"' -l version -d 'Print the version.'
complete -c aichat -n '__aichat_at "profiles path"' -l config-dir -x -a '(__fish_complete_directories)' -d 'Use this folder for config and credentials.'
complete -c aichat -n '__aichat_at "profiles path"' -l color -x -a 'auto always never' -d 'Colour the output.'
complete -c aichat -n '__aichat_at "profiles path"' -l help -d 'Show what a command takes, and leave.'
