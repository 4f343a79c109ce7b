"""What goes back to a provider: the items it gave, to the model that gave them, and to no other.

The rules are the wire reference's, sections 2 to 9 and 11.6. Every dialogue is three questions
at the command line; what the server saw is compared with data written out here.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from tests.support.answering import sdk_types
from tests.support.answering.answers import (
    ScriptedCall,
    ScriptedCitation,
    messages_stream,
    responses_stream,
    scripted_call,
)
from tests.support.answering.answers_google import SIGNATURE
from tests.support.answering.sdk_bodies import Google
from tests.support.answering.server import Server, chat_stream, tool_call
from tests.support.answering.talk import (
    TARGETS,
    ScriptedAnswer,
    Talk,
    body_without_turns,
    dialogue,
    messages_blocks,
)
from tests.support.running.program import Program

Turns = list[dict[str, Any]]

ARGUMENTS = '{"port":"Leith"}'
TOOL = {
    "name": "port_depth",
    "description": "The depth.",
    "parameters": {"type": "object", "properties": {"port": {"type": "string"}}},
}
TOOLS = json.dumps([TOOL])
NESTED = {"type": "function", "function": TOOL}
FLAT = {"type": "function", **TOOL, "strict": False}
SCHEMA = TOOL["parameters"]
PLAIN = {"name": TOOL["name"], "description": TOOL["description"]}
ANTHROPIC = {**PLAIN, "input_schema": SCHEMA}
GEMINI = {"functionDeclarations": [{**PLAIN, "parametersJsonSchema": SCHEMA}]}

THOUGHTS = ("Look ", "it up.")
THOUGHT = "".join(THOUGHTS)


# -- the same dialogue, as each wire writes it


class Dialogue(NamedTuple):
    """The turns of a request: the question, the call, its result, the answer, the next question.

    ``system`` is what a body has beside its turns for the system prompt.
    """

    asked: Turns
    called: Turns
    result: Turns
    said: Turns
    next: Turns
    tools: list[Any]
    system: Mapping[str, Any] = {}
    call_id: str = "call_9"


def chat(field: str, *, call_id: str = "call_9") -> Dialogue:
    """Chat completions: reasoning goes back in ``field``, where there is one."""
    function = {"name": "port_depth", "arguments": ARGUMENTS}
    calls = [{"id": call_id, "type": "function", "function": function}]
    first, second = ({field: text} if field else {} for text in (THOUGHT, "Nine."))
    return Dialogue(
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How deep?"}],
        [{"role": "assistant", "content": "", "tool_calls": calls, **first}],
        [{"role": "tool", "tool_call_id": call_id, "content": "9 m"}],
        [{"role": "assistant", "content": "Nine metres.", **second}],
        [{"role": "user", "content": "And Hull?"}],
        [NESTED],
        call_id=call_id,
    )


def user(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


def responses(
    reasoning: str = "rs_{0}",
    message: str = "msg_{0}",
    function: str = "fc_{0}",
    first: int = 1,
    status: Mapping[str, str] = {},
    instructions: bool = True,
) -> Dialogue:
    """Responses: reasoning comes back sealed, as it stood in ``output_item.done``, items too."""
    thought = {"type": "reasoning", "encrypted_content": "gAAAsealed", **status}
    spoken = {"type": "output_text", "text": "Nine metres.", "annotations": [], "logprobs": []}
    system = {"type": "message", "role": "system"}
    begun = [{**system, "content": [{"type": "input_text", "text": "Be brief."}]}]

    def summary(text: str) -> dict[str, Any]:
        return {"id": reasoning.format(first), "summary": [{"type": "summary_text", "text": text}]}

    return Dialogue(
        [*([] if instructions else begun), user("How deep?")],
        [
            thought | summary(THOUGHT),
            {
                "id": function.format(first + 1),
                "type": "function_call",
                "call_id": "call_9",
                "name": "port_depth",
                "arguments": ARGUMENTS,
                "status": "completed",
            },
        ],
        [{"type": "function_call_output", "call_id": "call_9", "output": "9 m"}],
        [
            thought | summary("Nine."),
            {
                "id": message.format(first + 1),
                "type": "message",
                "role": "assistant",
                "content": [spoken],
                "status": "completed",
            },
        ],
        [user("And Hull?")],
        [FLAT],
        {"instructions": "Be brief."} if instructions else {},
    )


_GROK = "1c5f0d9e-77a1-4c1e-9d0b-5f3c0e8f0001"
THINKING = {"type": "thinking", "signature": "EqQBsigned"}
MESSAGES = Dialogue(
    [{"role": "user", "content": [{"type": "text", "text": "How deep?"}]}],
    [
        {
            "role": "assistant",
            "content": [
                {**THINKING, "thinking": THOUGHT},
                {
                    "type": "tool_use",
                    "id": "toolu_9",
                    "name": "port_depth",
                    "input": {"port": "Leith"},
                    "caller": {"type": "direct"},
                },
            ],
        }
    ],
    [
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_9",
                    "content": [{"type": "text", "text": "9 m"}],
                }
            ],
        }
    ],
    [
        {
            "role": "assistant",
            "content": [
                {**THINKING, "thinking": "Nine."},
                {"type": "text", "text": "Nine metres."},
            ],
        }
    ],
    [{"role": "user", "content": [{"type": "text", "text": "And Hull?"}]}],
    [ANTHROPIC],
    {"system": "Be brief."},
    "toolu_9",
)
#: The signature stays on the part that it came with; what came in pieces goes back in pieces.
GENERATED = Dialogue(
    [{"role": "user", "parts": [{"text": "How deep?"}]}],
    [
        {
            "role": "model",
            "parts": [
                {"text": "Look ", "thought": True},
                {"text": "it up.", "thought": True},
                {
                    "functionCall": {"name": "port_depth", "args": {"port": "Leith"}, "id": "fc1"},
                    "thoughtSignature": SIGNATURE,
                },
                {"text": ""},
            ],
        }
    ],
    [
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "fc1",
                        "name": "port_depth",
                        "response": {"output": "9 m"},
                    }
                }
            ],
        }
    ],
    [{"role": "model", "parts": [{"text": "Nine.", "thought": True}, {"text": "Nine metres."}]}],
    [{"role": "user", "parts": [{"text": "And Hull?"}]}],
    [GEMINI],
    {"systemInstruction": {"parts": [{"text": "Be brief."}]}},
    "fc1",
)
#: Neutral input: no items, no reasoning; the signature of a call stands on it and on its result.
AGENT = Dialogue(
    [user("How deep?")],
    [
        {
            "type": "function_call",
            "call_id": "call_9",
            "name": "port_depth",
            "arguments": ARGUMENTS,
            "thought_signature": "c2lnbmVk",
        }
    ],
    [
        {
            "type": "function_call_output",
            "call_id": "call_9",
            "output": "9 m",
            "thought_signature": "c2lnbmVk",
        }
    ],
    [{"type": "message", "role": "assistant", "content": "Nine metres."}],
    [user("And Hull?")],
    [FLAT],
    {"instructions": "Be brief."},
)


def listed(given: Dialogue) -> Dialogue:
    """DashScope's multimodal path says every content in a list."""
    turns = [
        [{**turn, "content": [{"text": turn["content"]}]} for turn in part] for part in given[:5]
    ]
    return given._replace(
        asked=turns[0], called=turns[1], result=turns[2], said=turns[3], next=turns[4]
    )


def thought_step(*texts: str) -> dict[str, Any]:
    summary = [{"type": "text", "text": "".join(texts)}]
    return {"type": "thought", "summary": summary, "signature": "c2ln"}


def spoken_step(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "content": [{"type": "text", "text": text}]}


#: Steps go back as they came; a call's arguments are an object there.
STEPS = Dialogue(
    [spoken_step("user_input", "How deep?")],
    [
        thought_step(*THOUGHTS),
        {
            "type": "function_call",
            "id": "call_9",
            "name": "port_depth",
            "arguments": json.loads(ARGUMENTS),
        },
    ],
    [{"type": "function_result", "call_id": "call_9", "name": "port_depth", "result": "9 m"}],
    [thought_step("Nine."), spoken_step("model_output", "Nine metres.")],
    [spoken_step("user_input", "And Hull?")],
    [{name: FLAT[name] for name in ("type", "name", "description", "parameters")}],
    {"system_instruction": "Be brief."},
)

DIALOGUES = {
    "gemini interactions": STEPS,
    "openai": responses(),
    "openai chat": chat(""),
    "gemini": GENERATED,
    "xai": responses(
        f"rs_{_GROK}_{{0}}",
        f"msg_{_GROK}_{{0}}",
        f"fc_{_GROK}_{{0}}",
        0,
        {"status": "completed"},
        instructions=False,
    ),
    "xai chat": chat("reasoning_content"),
    "xai messages": MESSAGES,
    "groq": chat("reasoning"),
    "groq responses": responses(),
    "anthropic": MESSAGES,
    "perplexity": AGENT,
    "perplexity sonar": chat(""),
    "moonshot": chat("reasoning_content", call_id="port_depth:0"),
    "qwen": chat("reasoning_content"),
    "qwen responses": responses(instructions=False),
    "qwen dashscope": listed(chat("reasoning_content")),
    "box": chat("reasoning_content"),
    "box responses": responses(),
    "box messages": MESSAGES,
}

Check = Callable[[dict[str, Any]], list[str]]
_OWN: tuple[str, ...] = (
    "reasoning_content: unknown field",
)  # documented by the provider, not in these types


def _sonar(body: dict[str, Any]) -> list[str]:
    types = importlib.import_module("perplexity.types.chat.completion_create_params")
    return sdk_types.misfits(body, types.CompletionCreateParamsStreaming)


def _interaction(body: dict[str, Any]) -> list[str]:
    """What the official types do not know is not there when they write it again."""
    name = "google.genai._gaos.types.interactions.createmodelinteraction"
    kind = importlib.import_module(name).CreateModelInteraction
    again = kind.model_validate(body).model_dump(mode="json", by_alias=True, exclude_none=True)
    return [] if again == body else [f"{again} is not {body}"]


CHECKS: dict[str, tuple[Check, str]] = {
    "gemini interactions": (_interaction, "google.genai"),
    "perplexity sonar": (_sonar, "perplexity"),
    "input": (sdk_types.openai_responses, "openai"),
    "messages": (sdk_types.openai_chat, "openai"),
    "perplexity": (sdk_types.perplexity_responses, "perplexity"),
    "groq": (sdk_types.groq_chat, "groq"),
    "anthropic": (sdk_types.anthropic_messages, "anthropic"),
}


def assert_typed(name: str, bodies: Sequence[dict[str, Any]]) -> None:
    """The bodies fit the official types, where there are types for them."""
    target = TARGETS[name]
    wire = "anthropic" if target.path.endswith("/messages") else target.place
    own = () if target.provider in ("openai", "perplexity") else _OWN
    check, module = CHECKS.get(name) or CHECKS.get(wire) or (lambda _: [], "json")
    pytest.importorskip(module)
    for body in bodies:
        assert [line for line in check(body) if not line.endswith(own)] == []


def held(talk: Talk, name: str) -> Sequence[dict[str, Any]]:
    """The bodies of a dialogue of three questions; only the first one says whom to ask."""
    target, given = TARGETS[name], DIALOGUES[name]
    called = scripted_call("port_depth", '{"port":', '"Leith"}', call_id=given.call_id)
    first = ("-p", target.provider, *target.words, "-s", "Be brief.", "--tools", TOOLS, "How deep?")
    talk.ask(target.reply(ScriptedAnswer((), THOUGHTS, (called,))), *first)
    result = f"{given.call_id}=9 m"
    answered = talk.ask(
        target.reply(ScriptedAnswer(("Nine ", "metres."), ("Nine.",))),
        "-c",
        "--tool-result",
        result,
    )
    assert (answered.text, answered.code) == ("Nine metres.\n", 0)
    last = talk.ask(target.reply(ScriptedAnswer(("Eight.",))), "-c", "And", "Hull?")
    assert (last.text, last.code) == ("Eight.\n", 0)
    for run in (answered, last):
        assert target.note in run.stderr and run.stderr.count("\n") == bool(target.note)
    return talk.bodies


class Held(NamedTuple):
    """A dialogue as its server saw it."""

    paths: list[str]
    bodies: Sequence[dict[str, Any]]


@cache
def hold_dialogue(name: str) -> Held:
    """The dialogue of a target, held once for all that is to be seen in it."""
    with TemporaryDirectory() as home, Server() as server:
        talk = Talk(Program(Path(home)), server)
        bodies = held(talk, name)
        return Held(talk.paths, bodies)


EVERY = pytest.mark.parametrize("name", TARGETS)


@EVERY
def test_a_dialogue_goes_back_to_its_own_model_as_it_came(name: str) -> None:
    target, given = TARGETS[name], DIALOGUES[name]
    paths, bodies = hold_dialogue(name)
    assert paths == [f"/{target.provider}{target.path}"] * 3
    first, second, third = (dialogue(target, body) for body in bodies)
    assert first == given.asked
    assert second == [*given.asked, *given.called, *given.result]
    assert third == [*second, *given.said, *given.next]


@pytest.mark.parametrize("name", TARGETS)
def test_system_prompt_tools_and_the_rest_of_the_request_stay_as_they_were(name: str) -> None:
    target, given = TARGETS[name], DIALOGUES[name]
    first, second, third = (body_without_turns(target, b) for b in hold_dialogue(name).bodies)
    assert first == second == third
    offered = first.get("tools") or first["parameters"]["tools"]
    assert offered == given.tools
    assert given.system.items() <= first.items()


@EVERY
def test_what_goes_back_fits_the_official_types(name: str) -> None:
    assert_typed(name, hold_dialogue(name).bodies)


def test_googles_own_sdk_sends_the_same_history() -> None:
    pytest.importorskip("google.genai")
    contents = hold_dialogue("gemini").bodies[2]["contents"]
    with Google() as google:
        sent = google.capture_request(contents, "gemini-3.8-flash").body
    urlsafe = sent.translate(bytes.maketrans(b"-_", b"+/"))  # proto JSON takes both alphabets
    ours = json.dumps(contents).encode().translate(bytes.maketrans(b"-_", b"+/"))
    assert json.loads(urlsafe)["contents"] == json.loads(ours)


def test_a_process_of_its_own_recalls_all_that_one_run_does(aichat: Program) -> None:
    target, given = TARGETS["anthropic"], DIALOGUES["anthropic"]
    called = scripted_call("port_depth", ARGUMENTS, call_id="toolu_9")
    with Server(
        target.reply(ScriptedAnswer((), THOUGHTS, (called,))),
        target.reply(ScriptedAnswer(("Nine metres.",), ("Nine.",))),
        target.reply(ScriptedAnswer(("Eight.",))),
    ) as server:
        talk = Talk(aichat, server)
        words = (
            "ask",
            "--cache",
            "off",
            "-p",
            "anthropic",
            "-s",
            "Be brief.",
            "--tools",
            TOOLS,
            "How deep?",
        )
        runs = [
            aichat.run(*words),
            aichat.run("ask", "--cache", "off", "-c", "--tool-result", "toolu_9=9 m"),
            aichat.run("ask", "--cache", "off", "-c", "And Hull?"),
        ]
        assert [run.code for run in runs] == [0, 0, 0]
        assert [run.text for run in runs] == ["", "Nine metres.\n", "Eight.\n"]
        bodies = talk.bodies
    assert dialogue(target, bodies[2]) == [turn for part in given[:5] for turn in part]
    assert body_without_turns(target, bodies[2]) == body_without_turns(target, bodies[0])


# -- two calls at once

BOTH = (
    scripted_call("port_depth", ARGUMENTS, call_id="c_1"),
    scripted_call("tide", "{}", call_id="c_2"),
)


def chat_pair(**more: str) -> Turns:
    functions = [{"name": c.name, "arguments": c.arguments} for c in BOTH]
    ids = ("c_1", "c_2")
    calls = [
        {"id": i, "type": "function", "function": f} for i, f in zip(ids, functions, strict=True)
    ]
    return [
        {"role": "assistant", "content": "", "tool_calls": calls, **more},
        {"role": "tool", "tool_call_id": "c_1", "content": "9 m"},
        {"role": "tool", "tool_call_id": "c_2", "content": "high"},
    ]


PAIRS: dict[str, Turns] = {
    "openai": [
        {
            "id": "fc_1",
            "type": "function_call",
            "call_id": "c_1",
            "name": "port_depth",
            "arguments": ARGUMENTS,
            "status": "completed",
        },
        {
            "id": "fc_2",
            "type": "function_call",
            "call_id": "c_2",
            "name": "tide",
            "arguments": "{}",
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "c_1", "output": "9 m"},
        {"type": "function_call_output", "call_id": "c_2", "output": "high"},
    ],
    "groq": chat_pair(),
    "anthropic": [
        {
            "role": "assistant",
            "content": [
                {
                    "type": "tool_use",
                    "id": "c_1",
                    "name": "port_depth",
                    "input": {"port": "Leith"},
                    "caller": {"type": "direct"},
                },
                {
                    "type": "tool_use",
                    "id": "c_2",
                    "name": "tide",
                    "input": {},
                    "caller": {"type": "direct"},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c_1",
                    "content": [{"type": "text", "text": "9 m"}],
                },
                {
                    "type": "tool_result",
                    "tool_use_id": "c_2",
                    "content": [{"type": "text", "text": "high"}],
                },
                {"type": "text", "text": "Well?"},
            ],
        },
    ],
    "gemini": [
        {
            "role": "model",
            "parts": [
                {
                    "functionCall": {"name": "port_depth", "args": {"port": "Leith"}, "id": "c_1"},
                    "thoughtSignature": SIGNATURE,
                },
                {"functionCall": {"name": "tide", "args": {}, "id": "c_2"}},
                {"text": ""},
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "c_1",
                        "name": "port_depth",
                        "response": {"output": "9 m"},
                    }
                },
                {"functionResponse": {"id": "c_2", "name": "tide", "response": {"output": "high"}}},
            ],
        },
    ],
    "perplexity": [
        {
            "type": "function_call",
            "call_id": "c_1",
            "name": "port_depth",
            "arguments": ARGUMENTS,
            "thought_signature": "c2lnbmVk",
        },
        {
            "type": "function_call",
            "call_id": "c_2",
            "name": "tide",
            "arguments": "{}",
            "thought_signature": "c2lnbmVk",
        },
        {
            "type": "function_call_output",
            "call_id": "c_1",
            "output": "9 m",
            "thought_signature": "c2lnbmVk",
        },
        {
            "type": "function_call_output",
            "call_id": "c_2",
            "output": "high",
            "thought_signature": "c2lnbmVk",
        },
    ],
    "moonshot": chat_pair(),
    "qwen": chat_pair(),
}
TWO = json.dumps([TOOL, {"name": "tide", "parameters": {}}])


def paired(talk: Talk, name: str, *words: str) -> Turns:
    """Two calls, their results in the other order, and words; the turns after the question."""
    target = TARGETS[name]
    talk.ask(target.reply(ScriptedAnswer((), (), BOTH)), "-p", name, "--tools", TWO, "How deep?")
    result = talk.ask(
        target.reply(ScriptedAnswer(("Nine.",))),
        "-c",
        *("--tool-result", "c_2=high", "--tool-result", "c_1=9 m"),
        *words,
    )
    assert (result.text, result.stderr, result.code) == ("Nine.\n", "", 0)
    return dialogue(target, talk.bodies[1])[1:]


@pytest.mark.parametrize("name", PAIRS)
def test_results_of_parallel_calls_stand_together_in_the_order_of_the_calls(
    name: str, aichat: Program
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        sent = paired(talk, name, *(["Well?"] if name == "anthropic" else []))
        for line in sent:
            if line.get("reasoning_content") == " ":  # Moonshot wants some with every call
                del line["reasoning_content"]
        assert sent == PAIRS[name]
        assert_typed(name, talk.bodies)


def test_a_call_without_an_id_is_answered_by_name_and_order(aichat: Program) -> None:
    target = TARGETS["gemini"]
    nameless = [c._replace(id="") for c in BOTH]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), nameless)),
            "-p",
            "gemini",
            "--tools",
            TWO,
            "How deep?",
        )
        results = ("--tool-result", "call_1=high", "--tool-result", "call_0=9 m")
        talk.ask_text(target.reply(ScriptedAnswer(("Nine.",))), "-c", *results)
        _, called, result = dialogue(target, talk.bodies[1])
    assert [part["functionCall"].get("id") for part in called["parts"][:2]] == [None, None]
    assert result["parts"] == [
        {"functionResponse": {"name": "port_depth", "response": {"output": "9 m"}}},
        {"functionResponse": {"name": "tide", "response": {"output": "high"}}},
    ]


# -- what only some answers have


def test_answers_without_sealed_reasoning_go_back_as_words_where_nothing_is_kept(
    aichat: Program,
) -> None:
    # of an unknown model no sealed reasoning is asked for, and its items are on no server
    reply = responses_stream(["Nine."], reasoning=["Hm."], style="openai")
    steps = [s.replace(b',"encrypted_content":"gAAAsealed"', b"") for s in reply.body]  # type: ignore[union-attr]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(
            reply.__class__(reply.status, reply.headers, steps), "-m", "openai/gpt-next", "A"
        )
        talk.ask_text(TARGETS["openai"].reply(ScriptedAnswer(("Ten.",))), "-c", "B")
        sent = talk.bodies[1]
    assert sent["store"] is False
    assert sent["input"][1:-1] == [{"type": "message", "role": "assistant", "content": "Nine."}]


def test_a_phase_and_every_unknown_field_of_an_item_go_back(aichat: Program) -> None:
    reply = responses_stream(["Nine."], style="openai")
    mark = (b'"role":"assistant",', b'"role":"assistant","phase":"commentary","new":1,')
    steps = [step.replace(*mark) for step in reply.body]  # type: ignore[union-attr]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(reply.__class__(reply.status, reply.headers, steps), "-p", "openai", "A")
        talk.ask_text(TARGETS["openai"].reply(ScriptedAnswer(("Ten.",))), "-c", "B")
        item = talk.bodies[1]["input"][1]
    assert (item["phase"], item["new"]) == ("commentary", 1)


def test_redacted_thinking_goes_back_in_its_place(aichat: Program) -> None:
    sealed = {"type": "redacted_thinking", "data": "c2VhbGVk"}
    told = [sealed, {"type": "text", "text": "Nine."}]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(messages_blocks(*told), "-p", "anthropic", "A")
        talk.ask_text(messages_stream(["Ten."]), "-c", "B")
        assert talk.bodies[1]["messages"][1]["content"] == told


def test_server_tools_and_citations_go_back_unchanged_to_anthropic(aichat: Program) -> None:
    cited = [ScriptedCitation("https://example.org/t")]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(
            messages_stream(["06:12."], citations=cited), "-q", "-p", "anthropic", "High water?"
        )
        talk.ask_text(messages_stream(["Ten."]), "-c", "B")
        content = talk.bodies[1]["messages"][1]["content"]
    assert content == [
        {
            "type": "server_tool_use",
            "id": "srvtoolu_1",
            "name": "web_search",
            "input": {"query": "leith high water"},
        },
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {
                    "type": "web_search_result",
                    "url": "https://example.org/t",
                    "title": "Tide board",
                    "page_age": None,
                    "encrypted_content": "EtkB",
                }
            ],
        },
        {
            "type": "text",
            "text": "06:12.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "url": "https://example.org/t",
                    "title": "Tide board",
                    "cited_text": "High water 06:12.",
                    "encrypted_index": "Eo8B",
                }
            ],
        },
    ]


EMPTY = {
    "openai": ("output", ""),
    "groq": ("content", ""),
    "anthropic": ("content", []),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_result_is_a_result_and_no_empty_block(name: str, aichat: Program) -> None:
    target, (field, value) = TARGETS[name], EMPTY[name]
    called = scripted_call("port_depth", ARGUMENTS, call_id="c_1")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (called,))),
            "-p",
            name,
            "--tools",
            TOOLS,
            "How deep?",
        )
        talk.ask_text(target.reply(ScriptedAnswer(("Nine.",))), "-c", "--tool-result", "c_1=")
        last = dialogue(target, talk.bodies[1])[-1]
    given = last["content"][0] if name == "anthropic" else last
    assert given.get(field, []) == value


def test_blank_text_never_goes_back_to_anthropic_which_refuses_it(aichat: Program) -> None:
    called = scripted_call("port_depth", ARGUMENTS, call_id="c_1")
    blank = messages_stream(["\n\n"], thinking=["Hm."], tool_uses=[called])
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(blank, "-p", "anthropic", "--tools", TOOLS, "How deep?")
        talk.ask_text(messages_stream(["Ten."]), "-c", "--tool-result", "c_1=9 m")
        content = talk.bodies[1]["messages"][1]["content"]
    assert [block["type"] for block in content] == ["thinking", "tool_use"]


# -- another model

#: Each target's opaque state, and what only its own items say.
SECRETS = ("gAAA", "EqQB", "EtkB", "Eo8B", SIGNATURE, "c2lnbmVk", "rs_", "fc_", "msg_", "srvtoolu")
OPAQUE = (
    *("encrypted", "signature", "thoughtSignature", "thinking", "reasoning", "caller"),
    *("thought", "status", "logprobs", "annotations", "phase"),
)


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


#: How each wire writes the id of a call, and of a result.
_ASKED: Sequence[Callable[[dict[str, Any]], list[str] | None]] = (
    lambda node: [node["id"]] if node.get("type") == "tool_use" else None,
    lambda node: [node["call_id"]] if node.get("type") == "function_call" else None,
    lambda node: [each["id"] for each in node["tool_calls"]] if "tool_calls" in node else None,
    lambda node: [node["functionCall"].get("id", "")] if "functionCall" in node else None,
)
_GIVEN: Sequence[Callable[[dict[str, Any]], list[str] | None]] = (
    lambda node: [node["tool_use_id"]] if node.get("type") == "tool_result" else None,
    lambda node: [node["call_id"]] if node.get("type") == "function_call_output" else None,
    lambda node: [node["tool_call_id"]] if node.get("role") == "tool" else None,
    lambda node: [node["functionResponse"].get("id", "")] if "functionResponse" in node else None,
)


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for below in value if isinstance(value, list) else ():
        yield from objects_in(below)


def calls_in(turns: Turns) -> list[tuple[str, str]]:
    """Ids of the calls and of their results, each in order, paired."""
    nodes = list(objects_in(turns))
    asked, given = (
        [name for node in nodes for reader in readers for name in reader(node) or ()]
        for readers in (_ASKED, _GIVEN)
    )
    return list(zip(asked, given, strict=True))


FIRST = ("openai", "gemini", "anthropic", "groq", "xai", "perplexity", "moonshot", "qwen dashscope")
THEN = ("openai", "gemini", "anthropic", "groq", "moonshot", "qwen", "perplexity", "xai")
SWITCHES = [(a, b) for a in FIRST for b in THEN if TARGETS[a].provider != TARGETS[b].provider]
_SHORT = {
    ("openai", "anthropic"),
    ("anthropic", "gemini"),
    ("gemini", "openai"),
    ("moonshot", "anthropic"),
    ("xai", "groq"),
    ("groq", "perplexity"),
    ("perplexity", "moonshot"),
    ("qwen dashscope", "xai"),
    ("anthropic", "qwen"),
}


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(a, b, marks=() if (a, b) in _SHORT else pytest.mark.long) for a, b in SWITCHES],
)
def test_another_provider_gets_neutral_turns_and_the_first_one_its_items_again(
    before: str, after: str, aichat: Program
) -> None:
    one, two = TARGETS[before], TARGETS[after]
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, before)
        talk.ask_text(
            two.reply(ScriptedAnswer(("Switched.",), ("Deep thought.",))),
            "-c",
            "-p",
            two.provider,
            "Q",
        )
        back = ("-c", "-p", one.provider, *one.words)
        talk.ask_text(one.reply(ScriptedAnswer(("Back.",))), *back, "R")
        bodies = talk.bodies
        assert talk.paths[3] == f"/{two.provider}{two.path}"
    sent = dialogue(two, bodies[3])
    text = json.dumps(sent).replace(', "thoughtSignature": "skip_thought_signature_validator"', "")
    sent = json.loads(text)
    for secret in SECRETS:
        assert secret not in text
    for word in (THOUGHT, 'Nine."'):
        assert word not in text
    assert not keys_in(sent) & set(OPAQUE)
    for word in ("How deep?", "9 m", "Nine metres.", "And Hull?", "Eight."):
        assert word in text
    for asked, given in calls_in(sent):
        assert asked == given
    assert_typed(after, [bodies[3]])
    again, third = dialogue(one, bodies[4]), dialogue(one, bodies[2])
    assert again[: len(third)] == third
    assert "Switched." in json.dumps(again) and "Deep thought." not in json.dumps(again)
    assert_typed(before, [bodies[4]])


def test_another_model_of_the_same_provider_gets_no_reasoning_either(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "anthropic")
        talk.ask_text(messages_stream(["Ten."]), "-c", "-m", "anthropic/claude-haiku-5-5", "Q")
        text = json.dumps(talk.bodies[3]["messages"])
    assert not any(secret in text for secret in SECRETS)
    assert "Nine metres." in text


IDS = {
    "one that it takes": ("call_9-A", "call_9-A"),
    "dots and colons": ("functions.f:0", "functions_f_0_"),
    "too long": ("x" * 90, "x" * 55 + "_"),
    "not ascii": ("Ångström", "_ngstr_m_"),
}


@pytest.mark.parametrize("name", IDS)
def test_ids_are_rewritten_for_anthropic_and_stay_paired(name: str, aichat: Program) -> None:
    given, shown = IDS[name]
    called = tool_call("port_depth", ARGUMENTS, call_id=given)
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_stream([], tool_calls=called), "-p", "box", "--tools", TOOLS, "Q")
        talk.ask_text(
            messages_stream(["A"]), "-c", "-p", "anthropic", "--tool-result", f"{given}=9"
        )
        sent = talk.bodies[1]["messages"]
    ((asked, answered),) = calls_in(sent)
    assert asked == answered and asked.startswith(shown)
    assert len(asked) <= 64 and asked.replace("_", "").replace("-", "").isascii()


REUSED = ("anthropic", "openai", "groq")


@pytest.mark.parametrize("after", REUSED)
def test_ids_that_two_answers_made_up_alike_are_told_apart(after: str, aichat: Program) -> None:
    one, two = TARGETS["gemini"], TARGETS[after]
    called: tuple[ScriptedCall, ...] = (scripted_call("port_depth", ARGUMENTS, call_id=""),)
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(one.reply(ScriptedAnswer((), (), called)), "-p", "gemini", "--tools", TOOLS, "Q")
        talk.ask(one.reply(ScriptedAnswer((), (), called)), "-c", "--tool-result", "call_0=9 m")
        talk.ask_text(
            two.reply(ScriptedAnswer(("A",))), "-c", "-p", after, "--tool-result", "call_0=8 m"
        )
        sent = dialogue(two, talk.bodies[2])
    pairs = calls_in(sent)
    assert len(set(pairs)) == 2 and all(asked == given for asked, given in pairs)


SEARCHED = {
    "anthropic": (
        messages_stream(["06:12."], citations=[ScriptedCitation("https://example.org/t")]),
        (),
    ),
    "openai": (
        responses_stream(["06:12."], citations=[ScriptedCitation("https://example.org/t")]),
        (),
    ),
    "perplexity": (
        responses_stream(
            ["06:12."], citations=[ScriptedCitation("https://example.org/t")], style="perplexity"
        ),
        (),
    ),
}


@pytest.mark.parametrize("before", SEARCHED)
@pytest.mark.parametrize("after", ["groq", "gemini"])
def test_what_a_servers_tool_found_is_text_with_its_sources_for_another(
    before: str, after: str, aichat: Program
) -> None:
    target = TARGETS[after]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(SEARCHED[before][0], "-q", "-p", before, "High water?")
        talk.ask_text(target.reply(ScriptedAnswer(("A",))), "-c", "-p", after, "Q")
        text = json.dumps(dialogue(target, talk.bodies[1]))
    assert "https://example.org/t" in text and "06:12." in text
    assert before == "openai" or "Tide board" in text  # its search tells no titles
    assert not any(secret in text for secret in SECRETS)


def test_another_wire_of_the_same_model_gets_no_item_of_the_first(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "openai")
        talk.ask_text(chat_stream(["Ten."]), "-c", "--wire", "chat", "Q")
        sent = talk.bodies[3]
        assert talk.paths[3] == "/openai/v1/chat/completions"
    assert not any(secret in json.dumps(sent["messages"]) for secret in SECRETS)
    assert_typed("openai chat", [sent])


def test_a_model_that_takes_no_tools_is_told_of_calls_in_words(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "groq")
        shown = talk.run("ask", "-c", "-p", "local", "Q", "--dry-run")
    assert shown.code == 0, shown.stderr
    assert "tool_calls" not in shown.text and '"tools"' not in shown.text
    assert "port_depth" in shown.text and "9 m" in shown.text


def test_every_provider_on_every_wire_that_it_takes_is_proven_here() -> None:
    from aichat import providers

    proven = {name: set[str]() for name in providers.names() if name != "local"}
    for target in TARGETS.values():
        if target.provider in proven:
            proven[target.provider].add(target.path.rsplit("/", 1)[-1].partition(":")[0])
    for name, paths in proven.items():
        assert len(paths) == len(providers.load(name).wires), name
