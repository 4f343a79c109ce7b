# aichat completion for bash, made by: aichat completion bash
# In ~/.bashrc: eval "$(aichat completion bash)"

_aichat_know() { # $1: the command's words; $2: one of its options
  words= flags= places= rest= kind=
  case $1 in
    '')
      words='api ask balance batch chat completion cost count doctor embed files fix history image jobs keys live mcp models moderate profiles prompts replay run sh speak tools transcribe trust tune video'
      flags='--version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'api')
      flags='-d --data -F --form --query --paginate --max-pages -i --include -P --profile -O --output -q --quiet --timeout --retries --region --header --dry-run --debug --version --config-dir --color --record --replay --help'
      places='providers =GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS text'
      case $2 in
        -d|--data|-F|--form) kind='@file' ;;
        --query|--max-pages|--timeout|--retries|--region|--header) kind='text' ;;
        -P|--profile) kind='profiles' ;;
        -O|--output) kind='file' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'ask')
      flags='-m --model -p --provider -P --profile -s --system -t --prompt --trust --no-project -c --continue --here --anywhere -C --conversation --in --background --resume --cached --tool-result --no-save -f --file -a --attach --edit --allow-local --no-stdin --max-stdin --temperature --top-p --max-tokens --stop --effort --tools --schema --schema-list --rows --csv --tsv --prefill --seed --verbosity --logprobs -o --option --search --search-x --search-domain --search-recency --search-context --search-location --fetch --code --file-search --maps --max-cost --tier --count --cache -x --extract --extract-lang --json --events --plain --markdown -O --output --show-reasoning --hide-reasoning --resolve-links --play -q --quiet --usage --no-stream --timeout --retries --region --strict --wire --header --dry-run --live --debug --tool --mcp --allow --max-rounds --root --each --each-format --jobs --unordered --batch --retry-failed --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -t|--prompt) kind='prompts' ;;
        -C|--conversation) kind='conversations' ;;
        --in|-f|--file|-a|--attach|--tools|-O|--output|--mcp|--each) kind='file' ;;
        --resume|--tool-result|--max-stdin|--temperature|--top-p|--max-tokens|--stop|--prefill|--seed|-o|--option|--search-domain|--search-location|--file-search|--max-cost|--extract-lang|--timeout|--retries|--region|--header|--tool|--allow|--max-rounds|--jobs) kind='text' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --schema|--schema-list|--rows) kind='schemas' ;;
        --verbosity|--search-context) kind='=low,medium,high' ;;
        --search-recency) kind='=day,week,month,year' ;;
        --tier) kind='=standard,flex,priority,fast' ;;
        --cache) kind='=auto,off,long' ;;
        --wire) kind='=chat,responses,messages,gemini,dashscope,interactions' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --each-format) kind='=lines,jsonl,csv,tsv,files' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'balance')
      flags='--since -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        --since|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch')
      words='submit list show wait collect cancel'
      flags='--help'
      ;;
    'batch submit')
      flags='-m --model -p --provider -P --profile -s --system -t --prompt --trust --no-project -c --continue --here --anywhere -C --conversation --in --background --resume --cached --tool-result --no-save -f --file -a --attach --edit --allow-local --no-stdin --max-stdin --temperature --top-p --max-tokens --stop --effort --tools --schema --schema-list --rows --csv --tsv --prefill --seed --verbosity --logprobs -o --option --search --search-x --search-domain --search-recency --search-context --search-location --fetch --code --file-search --maps --max-cost --tier --count --cache -x --extract --extract-lang --json --events --plain --markdown -O --output --show-reasoning --hide-reasoning --resolve-links --play -q --quiet --usage --no-stream --timeout --retries --region --strict --wire --header --dry-run --live --debug --tool --mcp --allow --max-rounds --root --each --each-format --jobs --unordered --retry-failed --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -t|--prompt) kind='prompts' ;;
        -C|--conversation) kind='conversations' ;;
        --in|-f|--file|-a|--attach|--tools|-O|--output|--mcp|--each) kind='file' ;;
        --resume|--tool-result|--max-stdin|--temperature|--top-p|--max-tokens|--stop|--prefill|--seed|-o|--option|--search-domain|--search-location|--file-search|--max-cost|--extract-lang|--timeout|--retries|--region|--header|--tool|--allow|--max-rounds|--jobs) kind='text' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --schema|--schema-list|--rows) kind='schemas' ;;
        --verbosity|--search-context) kind='=low,medium,high' ;;
        --search-recency) kind='=day,week,month,year' ;;
        --tier) kind='=standard,flex,priority,fast' ;;
        --cache) kind='=auto,off,long' ;;
        --wire) kind='=chat,responses,messages,gemini,dashscope,interactions' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --each-format) kind='=lines,jsonl,csv,tsv,files' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch list')
      flags='--json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch wait')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch collect')
      flags='-O --output -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -O|--output) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'batch cancel')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'chat')
      flags='-m --model -p --provider -P --profile -s --system -t --prompt --trust --no-project -c --continue --here --anywhere -C --conversation --in --no-save -f --file -a --attach --allow-local --temperature --top-p --max-tokens --stop --effort --tools --schema --seed --verbosity --logprobs -o --option --search --search-x --search-domain --search-recency --search-context --search-location --fetch --code --file-search --maps --max-cost --tier --count --cache --plain --show-reasoning --hide-reasoning --resolve-links --play -q --quiet --no-stream --timeout --retries --region --strict --wire --header --debug --tool --mcp --allow --max-rounds --root --from --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -t|--prompt) kind='prompts' ;;
        -C|--conversation) kind='conversations' ;;
        --in|-f|--file|-a|--attach|--tools|--mcp) kind='file' ;;
        --temperature|--top-p|--max-tokens|--stop|--seed|-o|--option|--search-domain|--search-location|--file-search|--max-cost|--timeout|--retries|--region|--header|--tool|--allow|--max-rounds) kind='text' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --schema) kind='schemas' ;;
        --verbosity|--search-context) kind='=low,medium,high' ;;
        --search-recency) kind='=day,week,month,year' ;;
        --tier) kind='=standard,flex,priority,fast' ;;
        --cache) kind='=auto,off,long' ;;
        --wire) kind='=chat,responses,messages,gemini,dashscope,interactions' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --from) kind='=claude,codex,gemini,kimi' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'completion')
      flags='--keys --version --config-dir --color --record --replay --help'
      places='=bash,zsh,fish,powershell,man'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'cost')
      flags='--since --by --json --csv --utc --version --config-dir --color --record --replay --help'
      case $2 in
        --since) kind='text' ;;
        --by) kind='=day,model,provider,profile,conversation,kind' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'count')
      flags='-m --model -f --file -p --provider -P --profile --allow-local -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -f|--file) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'doctor')
      flags='--offline --timeout --json --version --config-dir --color --record --replay --help'
      places='providers'
      case $2 in
        --timeout) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'embed')
      flags='-m --model -f --file --lines --dimensions --task --normalise --format --similar -O --output --force -p --provider -P --profile --allow-local --max-cost -q --quiet --usage --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -f|--file|--similar|-O|--output) kind='file' ;;
        --dimensions|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --task) kind='=query,document,similarity,classification,clustering,code' ;;
        --format) kind='=json,jsonl,csv,npy' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files')
      words='put list show get text rm caches stores'
      flags='--help'
      ;;
    'files put')
      flags='--purpose --expires -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='file'
      case $2 in
        --purpose|--expires|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files list')
      flags='--limit -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        --limit|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files get')
      flags='-O --output --force -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -O|--output) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files text')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files rm')
      flags='--yes -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files caches')
      words='create list show rm'
      flags='--help'
      ;;
    'files caches create')
      flags='-m --model --ttl --name --yes -p --provider -P --profile -s --system -f --file -a --attach --allow-local --no-stdin --max-stdin --max-cost -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        --ttl|--name|--max-stdin|--max-cost|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -f|--file|-a|--attach) kind='file' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files caches list')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files caches show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files caches rm')
      flags='--yes -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files stores')
      words='create list show add rm'
      flags='--help'
      ;;
    'files stores create')
      flags='--expires -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      rest='file'
      case $2 in
        --expires|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files stores list')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files stores show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files stores add')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      rest='file'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'files stores rm')
      flags='--file --yes -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        --file|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'fix')
      flags='-m --model -p --provider -P --profile --effort --max-cost -q --quiet --timeout --retries --debug --dry-run --print --shell --status --no-output --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --max-cost|--timeout|--retries|--shell|--status) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history')
      words='list pick show search export import rename delete prune'
      flags='--help'
      ;;
    'history list')
      flags='--limit --since --json --version --config-dir --color --record --replay --help'
      case $2 in
        --limit|--since) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history pick')
      flags='--version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history show')
      flags='--raw --json --version --config-dir --color --record --replay --help'
      places='conversations'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history search')
      flags='--limit --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        --limit) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history export')
      flags='--all --format -O --output --mirror --version --config-dir --color --record --replay --help'
      places='conversations'
      case $2 in
        --format) kind='=md,json,jsonl,html,chatgpt,openai-jsonl' ;;
        -O|--output) kind='file' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history import')
      flags='--version --config-dir --color --record --replay --help'
      places='file'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history rename')
      flags='--version --config-dir --color --record --replay --help'
      places='conversations'
      rest='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history delete')
      flags='--copies --yes --version --config-dir --color --record --replay --help'
      rest='conversations'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'history prune')
      flags='--older-than --keep-size --copies --dry-run --yes --version --config-dir --color --record --replay --help'
      case $2 in
        --older-than|--keep-size) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'image')
      flags='-m --model -n --count --variations --mask --size --ratio --resolution --quality --format --background --negative --seed --partial --no-preview --again -O --output --force -p --provider -P --profile -f --file -a --attach --allow-local --no-stdin --max-stdin --max-cost -q --quiet --usage --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -n|--count|--size|--ratio|--resolution|--negative|--seed|--partial|--max-stdin|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --mask|-O|--output|-f|--file|-a|--attach) kind='file' ;;
        --quality) kind='=auto,low,medium,high,xhigh,max' ;;
        --format) kind='=png,jpeg,webp' ;;
        --background) kind='=auto,opaque,transparent' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'jobs')
      words='list show wait cancel'
      flags='--help'
      ;;
    'jobs list')
      flags='--all --json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'jobs show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'jobs wait')
      flags='-O --output --force -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -O|--output) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'jobs cancel')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'keys')
      words='set list remove import'
      flags='--help'
      ;;
    'keys set')
      flags='--version --config-dir --color --record --replay --help'
      places='providers'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'keys list')
      flags='--json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'keys remove')
      flags='--version --config-dir --color --record --replay --help'
      places='providers'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'keys import')
      flags='--force --version --config-dir --color --record --replay --help'
      places='file'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'live')
      flags='-m --model -p --provider -P --profile -s --system -t --prompt --trust --no-project -c --continue --here --anywhere -C --conversation --in --no-save -f --file -a --attach --allow-local --temperature --top-p --max-tokens --stop --effort --tools --schema --seed --verbosity --logprobs -o --option --search --search-x --search-domain --search-recency --search-context --search-location --fetch --code --file-search --maps --max-cost --tier --count --cache --plain --show-reasoning --hide-reasoning --resolve-links -q --quiet --timeout --retries --region --strict --header --debug --tool --mcp --allow --max-rounds --root --events --usage --voice --voice-name --input --output --transcript --keep-audio --push-to-talk --half-duplex --force --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -t|--prompt) kind='prompts' ;;
        -C|--conversation) kind='conversations' ;;
        --in|-f|--file|-a|--attach|--tools|--mcp|--input|--output|--transcript) kind='file' ;;
        --temperature|--top-p|--max-tokens|--stop|--seed|-o|--option|--search-domain|--search-location|--file-search|--max-cost|--timeout|--retries|--region|--header|--tool|--allow|--max-rounds|--voice-name) kind='text' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --schema) kind='schemas' ;;
        --verbosity|--search-context) kind='=low,medium,high' ;;
        --search-recency) kind='=day,week,month,year' ;;
        --tier) kind='=standard,flex,priority,fast' ;;
        --cache) kind='=auto,off,long' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp')
      words='list trust login logout forget log'
      flags='--help'
      ;;
    'mcp list')
      flags='--json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp trust')
      flags='--version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp login')
      flags='--port --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --port) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp logout')
      flags='--version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp forget')
      flags='--version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'mcp log')
      flags='--version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'models')
      flags='--show -p --provider --for --live --json --sort --all --retiring --vision --tools --reasoning --search --max-price --min-context --version --config-dir --color --record --replay --help'
      rest='models'
      case $2 in
        -p|--provider) kind='providers' ;;
        --for) kind='=chat,image,video,speech,transcribe,embed,moderate,realtime' ;;
        --sort) kind='=price,context,name' ;;
        --max-price|--min-context) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'moderate')
      flags='-m --model -f --file --lines --fail -p --provider -P --profile --allow-local -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -f|--file) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles')
      words='list show set use remove edit path'
      flags='--help'
      ;;
    'profiles list')
      flags='--json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles show')
      flags='--json --version --config-dir --color --record --replay --help'
      places='profiles'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles set')
      flags='--version --config-dir --color --record --replay --help'
      places='profiles'
      rest='text'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles use')
      flags='--version --config-dir --color --record --replay --help'
      places='profiles'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles remove')
      flags='--version --config-dir --color --record --replay --help'
      places='profiles'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles edit')
      flags='--version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'profiles path')
      flags='--version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'prompts')
      words='list show new edit import'
      flags='--help'
      ;;
    'prompts list')
      flags='--json --version --config-dir --color --record --replay --help'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'prompts show')
      flags='--json --version --config-dir --color --record --replay --help'
      places='prompts'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'prompts new')
      flags='--version --config-dir --color --record --replay --help'
      places='prompts'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'prompts edit')
      flags='--version --config-dir --color --record --replay --help'
      places='prompts'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'prompts import')
      flags='--from --force --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        --from) kind='=aichat,role,fabric,claude,prompt.md,llm,macro,prompt.yml,gemini' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'replay')
      flags='-m --model --judge -p --provider -P --profile --temperature --top-p --max-tokens --effort --seed -o --option --max-cost -q --quiet --timeout --retries --region --wire --debug --json --version --config-dir --color --record --replay --help'
      places='conversations'
      case $2 in
        -m|--model) kind='models' ;;
        --judge|--temperature|--top-p|--max-tokens|--seed|-o|--option|--max-cost|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --wire) kind='=chat,responses,messages,gemini,dashscope,interactions' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'run')
      flags='-m --model -p --provider -P --profile -s --system --trust --no-project -c --continue --here --anywhere -C --conversation --in --background --resume --cached --tool-result --no-save -f --file -a --attach --edit --allow-local --no-stdin --max-stdin --temperature --top-p --max-tokens --stop --effort --tools --schema --schema-list --rows --csv --tsv --prefill --seed --verbosity --logprobs -o --option --search --search-x --search-domain --search-recency --search-context --search-location --fetch --code --file-search --maps --max-cost --tier --count --cache -x --extract --extract-lang --json --events --plain --markdown -O --output --show-reasoning --hide-reasoning --resolve-links --play -q --quiet --usage --no-stream --timeout --retries --region --strict --wire --header --dry-run --live --debug --tool --mcp --allow --max-rounds --root --each --each-format --jobs --unordered --batch --retry-failed --version --config-dir --color --record --replay --help'
      places='file'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        -s|--system) kind='@file' ;;
        -C|--conversation) kind='conversations' ;;
        --in|-f|--file|-a|--attach|--tools|-O|--output|--mcp|--each) kind='file' ;;
        --resume|--tool-result|--max-stdin|--temperature|--top-p|--max-tokens|--stop|--prefill|--seed|-o|--option|--search-domain|--search-location|--file-search|--max-cost|--extract-lang|--timeout|--retries|--region|--header|--tool|--allow|--max-rounds|--jobs) kind='text' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --schema|--schema-list|--rows) kind='schemas' ;;
        --verbosity|--search-context) kind='=low,medium,high' ;;
        --search-recency) kind='=day,week,month,year' ;;
        --tier) kind='=standard,flex,priority,fast' ;;
        --cache) kind='=auto,off,long' ;;
        --wire) kind='=chat,responses,messages,gemini,dashscope,interactions' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --each-format) kind='=lines,jsonl,csv,tsv,files' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'sh')
      flags='-m --model -p --provider -P --profile --effort --max-cost -q --quiet --timeout --retries --debug --dry-run --print --shell --no-stdin --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --effort) kind='=none,minimal,low,medium,high,xhigh,max' ;;
        --max-cost|--timeout|--retries|--shell) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'speak')
      flags='-m --model -f --file --voice --style --speed --language --format -O --output --force -p --provider -P --profile --max-cost --play -q --quiet --usage --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        -f|--file|-O|--output) kind='file' ;;
        --voice|--style|--speed|--language|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --format) kind='=mp3,wav,opus,flac,pcm' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tools')
      words='list show test'
      flags='--help'
      ;;
    'tools list')
      flags='--tool --mcp --json --version --config-dir --color --record --replay --help'
      case $2 in
        --tool) kind='text' ;;
        --mcp) kind='file' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tools show')
      flags='--tool --mcp --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        --tool) kind='text' ;;
        --mcp) kind='file' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tools test')
      flags='--tool --mcp --allow --root --json --version --config-dir --color --record --replay --help'
      places='text text'
      case $2 in
        --tool|--allow) kind='text' ;;
        --mcp) kind='file' ;;
        --root|--config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'transcribe')
      flags='-m --model --format --timestamps --diarize --translate --language --prompt --keyword -O --output --force --live --again -p --provider -P --profile --allow-local --max-cost -q --quiet --usage --no-stream --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='file'
      case $2 in
        -m|--model) kind='models' ;;
        --format) kind='=text,json,srt,vtt' ;;
        --timestamps) kind='=word,segment' ;;
        --language|--keyword|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --prompt) kind='prompts' ;;
        -O|--output) kind='file' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'trust')
      flags='--list --forget --yes --json --version --config-dir --color --record --replay --help'
      places='file'
      case $2 in
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tune')
      words='create list show events cancel'
      flags='--help'
      ;;
    'tune create')
      flags='-m --model --train --from-history --valid --method --suffix --epochs --seed --again --yes -p --provider -P --profile --max-cost -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        -m|--model) kind='models' ;;
        --train|--valid) kind='file' ;;
        --from-history|--suffix|--epochs|--seed|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --method) kind='=sft,dpo,rft' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tune list')
      flags='--limit -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      case $2 in
        --limit|--timeout|--retries|--region) kind='text' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tune show')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tune events')
      flags='--follow -p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'tune cancel')
      flags='-p --provider -P --profile -q --quiet --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      places='text'
      case $2 in
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --timeout|--retries|--region) kind='text' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
    'video')
      flags='-m --model --last --seconds --ratio --resolution --negative --seed --audio --silent --extend --no-wait --again -O --output --force -p --provider -P --profile -f --file -a --attach --allow-local --no-stdin --max-stdin --max-cost -q --quiet --usage --timeout --retries --region --dry-run --debug --json --version --config-dir --color --record --replay --help'
      rest='text'
      case $2 in
        -m|--model) kind='models' ;;
        --last|-O|--output|-f|--file|-a|--attach) kind='file' ;;
        --seconds|--ratio|--negative|--seed|--extend|--max-stdin|--max-cost|--timeout|--retries|--region) kind='text' ;;
        --resolution) kind='=360p,480p,720p,1080p,4k' ;;
        -p|--provider) kind='providers' ;;
        -P|--profile) kind='profiles' ;;
        --config-dir|--record|--replay) kind='folder' ;;
        --color) kind='=auto,always,never' ;;
      esac
      ;;
  esac
}

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
    file=$folder/aichat/completion/$1
    [[ -r $file ]] && break
  done
  if [[ ! -r $file ]]; then
    [[ $1 == providers ]] && for name in openai gemini xai groq anthropic perplexity moonshot qwen local; do _aichat_offer "$name"; done
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
