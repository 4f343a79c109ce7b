"""The conversation that a question belongs to: which one, and what goes before the question."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from aichat import wires
from aichat.app.history.open import find_conversation
from aichat.app.setup.setup import RecalledOptions
from aichat.core.conversation import replay
from aichat.core.conversation import turn as conversation
from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text, ToolCall, ToolResult, text_of
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.history.store import Store
from aichat.errors import suggestion, usage_error

#: What is asked where a provider has no means of its own to go on with a cut answer.
_CONTINUE_PROMPT = "Continue exactly where your last answer stopped. Do not repeat any of it."

_TOOL_NOT_RUN = "This tool was not run."


class Thread(NamedTuple):
    """A conversation as a question finds it: ``path`` leads to where it goes on.

    Its last question may have got no answer (``unanswered`` leads to it, ``failed``
    is what came of it): what that was asked with holds all the same.
    """

    id: str
    title: str = ""
    path: tuple[Turn, ...] = ()
    unanswered: tuple[Turn, ...] = ()
    failed: tuple[Turn, ...] = ()

    @property
    def question_path(self) -> tuple[Turn, ...]:
        """The turns to the last question, answered or not."""
        return self.unanswered or self.path

    @property
    def system(self) -> str | None:
        """The system prompt that holds."""
        return _last_system_prompt(self.question_path)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that were offered last."""
        return next((turn.tools for turn in reversed(self.question_path) if turn.tools), ())

    @property
    def recalled_options(self) -> RecalledOptions:
        """Whom it was held with."""
        for turn in (*reversed(self.failed), *reversed(self.path)):
            if turn.role == "assistant":
                said = turn.message
                who = turn.instead_of or (said.provider, said.model, turn.wire)
                names = ("provider", "model", "wire")
                return RecalledOptions(dict(zip(names, who, strict=False)), turn.profile)
        return RecalledOptions()


def _last_system_prompt(path: Iterable[Turn]) -> str | None:
    said = [text_of(turn.message) for turn in path if turn.role == "system"]
    return said[-1] if said else None


class UserInput(NamedTuple):
    """What the user adds: a message or none, results of tool calls, a new system prompt."""

    message: Message | None
    results: Mapping[str, str] = {}
    system: str | None = None
    tools: tuple[Tool, ...] = ()


class PendingTurns(NamedTuple):
    """What a question adds to its conversation, and the turns that it is asked with.

    ``unfinished`` is an answer that it finishes: the rest is joined to it.
    """

    draft: Draft
    path: tuple[Turn, ...]
    unfinished: Turn | None = None


def open_thread(
    open_store: Callable[[], Store | None],
    values: Mapping[str, Any],
    new_id: str,
    tell: Callable[[str], None],
) -> Thread:
    """The conversation of ``-c`` or ``-C``, else a new one; an unknown name begins one.

    The store is opened only where it is looked into.
    """
    name = values["conversation"]
    if name == "":
        raise usage_error("-C takes the name of a conversation")
    if not (name or values["continue_"]):
        if values["tool_result"]:
            raise usage_error("--tool-result answers a conversation's calls: add -c")
        return Thread(new_id)
    store = open_store()
    if store is None:
        raise usage_error("the stored conversations cannot be read, so none can be continued")
    if name not in (None, "last") and not store.find_conversations(name):
        known = suggestion(name, store.titles())
        tell(f"no conversation '{name}': a new one gets that name{known}")
        return Thread(new_id, name)
    given = store.conversation(find_conversation(store, name or "last"))
    path = conversation.path_to(given.turns, given.about.head)
    lost = conversation.unanswered_path(given.turns)
    failed = tuple(turn for turn in given.turns if lost and turn.parent == lost[-1].number)
    return Thread(given.about.id, given.about.title, path, lost, failed)


def parse_tool_results(given: Iterable[str], read: Callable[[str], str]) -> dict[str, str]:
    """``ID=TEXT`` or ``ID=@FILE`` of every ``--tool-result``. Errors: ``usage``."""
    results = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise usage_error(f"--tool-result {pair}: expected ID=TEXT or ID=@FILE")
        results[name] = read(text[1:]) if text.startswith("@") else text
    return results


def pending_turns(
    thread: Thread, user_input: UserInput, now: float, tell: Callable[[str], None]
) -> PendingTurns:
    """The turns that are new, after those that were there.

    With nothing said the last question is asked again, or a cut answer finished.
    Errors: ``usage`` where there is neither, or a result for no call.
    """
    calls = conversation.open_calls(thread.path)
    if user_input.message is None and not user_input.results:
        if user_input.system not in (None, thread.system or ""):
            raise usage_error("a new system prompt needs a question: add words")
        return _continue_thread(thread, calls)
    new = []
    system = (thread.system if user_input.system is None else user_input.system) or ""
    if system != (_last_system_prompt(thread.path) or ""):
        new.append(Turn(Message("system", (Text(system),)), now))
    if calls or user_input.results:
        new.append(Turn(_tool_message(calls, user_input.results, tell), now))
    if user_input.message:
        new.append(Turn(user_input.message, now, tools=user_input.tools))
    return _pending_from_path(Draft(thread.id, thread.title), (*thread.path, *new))


def _continue_thread(thread: Thread, calls: tuple[ToolCall, ...]) -> PendingTurns:
    draft = Draft(thread.id, thread.title)
    if thread.unanswered:
        return _pending_from_path(draft, thread.unanswered)
    if calls:
        names = ", ".join(f"{call.name} [{call.id}]" for call in calls)
        raise usage_error(
            f"the last answer waits for the result of {names}",
            f"give it: --tool-result {calls[0].id}=TEXT",
        )
    if thread.path and conversation.is_unfinished(thread.path[-1]):
        return _pending_from_path(draft, thread.path[:-1])._replace(unfinished=thread.path[-1])
    raise usage_error("there is nothing to continue: add words")


def _pending_from_path(draft: Draft, path: tuple[Turn, ...]) -> PendingTurns:
    """What is asked with ``path``, of which all is drafted that no store has yet."""
    new = conversation.unstored_turns(path)
    parent = path[-len(new) - 1].number if len(new) < len(path) else None
    return PendingTurns(draft._replace(turns=new, parent=parent), path)


def _tool_message(
    calls: tuple[ToolCall, ...], results: Mapping[str, str], tell: Callable[[str], None]
) -> Message:
    """A result for every call that waits for one: providers take all of them or none."""
    known = {call.id: call for call in calls}
    for name in results:
        if name not in known:
            waiting = f"waiting: {', '.join(known) or 'none'}"
            raise usage_error(
                f"no call '{name}' waits for a result{suggestion(name, known)}", waiting
            )
    missing = [call for call in calls if call.id not in results]
    for call in missing:
        tell(f"no result for {call.name} [{call.id}]: the model is told that it was not run")
    return Message(
        "tool",
        tuple(
            ToolResult(
                call.id, call.name, (Text(results.get(call.id, _TOOL_NOT_RUN)),), call in missing
            )
            for call in calls
        ),
    )


def build_request(
    pending: PendingTurns, base: Request, target: Endpoint, now: float
) -> tuple[PendingTurns, Request]:
    """The request that a question makes of its target, and the question as it is stored.

    A cut answer is finished by the provider's own means, or else in words.
    """
    cut = pending.unfinished
    base = _drop_stale_tools(base, pending, target)
    if cut is None:
        return pending, base._replace(messages=_messages(pending.path, base, target))
    own = (cut.message.provider, cut.message.model) == (target.provider.id, base.model)
    if own and conversation.is_paused(cut):
        token = cut.answer.continuation if cut.answer else None
        path = pending.path if token else (*pending.path, cut)
        return pending, base._replace(messages=_messages(path, base, target), continuation=token)
    begun = _prefill_turn(cut)
    said = text_of(begun.message)
    if said and _takes_prefill(base, target):
        settings = base.settings._replace(prefill=said)
        messages = _messages(pending.path, base, target)
        request = base._replace(messages=messages, settings=settings, resumes=True)
        return pending._replace(unfinished=begun), request
    words = Turn(Message("user", (Text(_CONTINUE_PROMPT),)), now)
    path = (*pending.path, cut, words)
    return _pending_from_path(pending.draft, path), base._replace(
        messages=_messages(path, base, target)
    )


def _takes_prefill(base: Request, target: Endpoint) -> bool:
    """Whether a model goes on with text that is put before it: not where it thinks first."""
    if "prefill" in wires.load(target.wire).unsupported:
        return False
    thinks = base.settings.effort not in (None, "none") or base.settings.show_reasoning
    return target.provider.takes_prefill or (target.card.prefill and not thinks)


def _prefill_turn(unfinished: Turn) -> Turn:
    """A cut answer to be gone on with: no call that was cut with it, no blank at its end."""
    beside = [part for part in unfinished.message.parts if not isinstance(part, Text | ToolCall)]
    parts = (*beside, Text(text_of(unfinished.message).rstrip()))
    return unfinished._replace(message=unfinished.message._replace(parts=parts), answer=None)


def _drop_stale_tools(base: Request, pending: PendingTurns, target: Endpoint) -> Request:
    """Without tools that were only offered before, where a model takes none."""
    before = any(turn.tools == base.tools for turn in pending.path if turn.number)
    return base._replace(tools=()) if before and not target.provider.quirks.tools else base


def _messages(path: Iterable[Turn], base: Request, target: Endpoint) -> tuple[Message, ...]:
    said = (turn for turn in path if turn.role != "system")
    provider, quirks = target.provider.id, target.provider.quirks
    sealed = quirks.stores_answers and quirks.sealed_reasoning
    return tuple(replay.messages(said, provider, base.model, tools=quirks.tools, sealed=sealed))
