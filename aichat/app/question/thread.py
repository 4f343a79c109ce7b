"""The thread of a question: which conversation it belongs to, and what precedes it."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from aichat.app.history.open import find_conversation
from aichat.app.history.recorder import Recorder
from aichat.app.setup.setup import RecalledOptions
from aichat.core.cli.options import ConversationOptions
from aichat.core.conversation import turn as conversation
from aichat.core.conversation.turn import Draft, Summary, Turn
from aichat.core.message.message import Message, Text, ToolCall, ToolResult, text_of
from aichat.core.message.tool_schema import Tool
from aichat.core.text.numbers import count_of
from aichat.disk.history.store import Store
from aichat.errors import suggestion, usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.history.last import LastConversation
    from aichat.core.message.json_schema.output import AnswerSchema

_TOOL_NOT_RUN = "This tool was not run."


class Thread(NamedTuple):
    """A conversation at the point of a question: ``path`` leads there.

    Its last question may be without an answer (``unanswered`` is the path to it, ``failed``
    its outcome): its settings apply all the same. A file that ``ends_with_question`` is
    asked as it is.
    """

    id: str
    title: str = ""
    path: tuple[Turn, ...] = ()
    unanswered: tuple[Turn, ...] = ()
    failed: tuple[Turn, ...] = ()
    ends_with_question: bool = False

    @property
    def question_path(self) -> tuple[Turn, ...]:
        """The turns to the last question, answered or not."""
        return self.unanswered or self.path

    @property
    def system(self) -> str | None:
        """The system prompt in force."""
        return _last_system_prompt(self.question_path)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that were declared last."""
        return next((turn.tools for turn in reversed(self.question_path) if turn.tools), ())

    @property
    def recalled_options(self) -> RecalledOptions:
        """The provider, model and profile that it was held with."""
        for turn in (*reversed(self.failed), *reversed(self.path)):
            if turn.role == "assistant":
                said = turn.message
                who = turn.instead_of or (said.provider, said.model, turn.wire)
                provider, model, wire = (*who, None, None, None)[:3]
                return RecalledOptions(provider, model, wire, turn.profile)
        return RecalledOptions()


def _last_system_prompt(path: Iterable[Turn]) -> str | None:
    said = [text_of(turn.message) for turn in path if turn.role == "system"]
    return said[-1] if said else None


class Instructions(NamedTuple):
    """What accompanies the words: a new system prompt, tools, results of tool calls.

    ``tools_run``: calls of local tools are run. ``examples`` begin a new conversation.
    ``guidance`` is advice from the sources of tools, and no part of the conversation.
    """

    system: str | None = None
    tools: tuple[Tool, ...] = ()
    results: Mapping[str, str] = {}
    tools_run: bool = False
    schema: "AnswerSchema | None" = None
    examples: tuple[Message, ...] = ()
    guidance: str = ""


class UserInput(NamedTuple):
    """What the user adds: a message, if any, and what accompanies it."""

    message: Message | None
    instructions: Instructions = Instructions()


class PendingTurns(NamedTuple):
    """The new turns of a question, and the turns that are sent with it.

    ``unfinished`` is a cut-off answer to finish: the rest is joined to it.
    """

    draft: Draft
    path: tuple[Turn, ...]
    unfinished: Turn | None = None


def open_thread(
    recorder: Recorder,
    options: ConversationOptions,
    tell: Callable[[str], None],
    tell_last: Callable[["LastConversation"], None],
) -> Thread:
    """The conversation of ``-c`` or ``-C``, else a new one; an unknown name starts one.

    The store is opened only if needed; ``tell_last`` gets the conversation that ``-c`` found.
    Errors: ``usage``.
    """
    name = options.conversation
    if options.in_ is not None:
        return _file_thread(recorder, options, tell)
    if options.resume is not None:
        return _background_thread(recorder, options.resume)
    if not (options.goes_on or name):
        if options.tool_result:
            raise usage_error("--tool-result needs a conversation: add -c")
        return Thread(recorder.new_id())
    from aichat.app.history.last import check_options, last_conversation  # not for a new one

    check_options(options)
    store = recorder.store()
    if store is None:
        raise usage_error("cannot read the conversation store, so nothing to continue")
    if name is None:
        last = last_conversation(store, recorder.place, options)
        tell_last(last)
        return _stored_thread(store, last.about)
    if name != "last" and not store.find_conversations(name):
        known = suggestion(name, store.titles())
        tell(f"no conversation '{name}': starting a new one{known}")
        return Thread(recorder.new_id(), name)
    return _stored_thread(store, find_conversation(store, name))


def _file_thread(
    recorder: Recorder, options: ConversationOptions, tell: Callable[[str], None]
) -> Thread:
    """The conversation of ``--in``: stored turns as far as they are unchanged, then edited ones.

    A question at the end of the file is unanswered. Errors: ``usage``.
    """
    if options.goes_on or options.conversation or options.resume:
        raise usage_error("--in names its own conversation: leave -c, -C and --resume out")
    from aichat.app.history.edited import read_edited  # few are edited

    found = read_edited(recorder.store(), options.in_ or "", recorder.now)
    path = (*found.known, *found.new)
    name = found.about.id if found.about and found.known else recorder.new_id()
    new = count_of(len(found.new), "new turn")
    tell(f"goes on from {options.in_} in conversation {name}, with {new}")
    if path[-1].role == "assistant":
        return Thread(name, found.title, path)
    return Thread(name, found.title, path[:-1], path, ends_with_question=True)


def _background_thread(recorder: Recorder, answer_id: str) -> Thread:
    """The thread of the answer with the provider's ``answer_id``. Errors: ``usage``."""
    store = recorder.store()
    about = store.find_answer(answer_id) if store else None
    if store is None or about is None:
        raise usage_error(
            f"no answer '{answer_id}' in the conversations",
            "--resume takes the id that --background has printed",
        )
    turns = store.conversation(about).turns
    found = [turn for turn in turns if turn.answer and turn.answer.response_id == answer_id]
    if not all(map(conversation.is_in_background, found)):
        raise usage_error(
            f"the answer '{answer_id}' is here already", f"show it: aichat history show {about.id}"
        )
    return Thread(about.id, about.title, conversation.path_to(turns, found[-1].number))


def _stored_thread(store: Store, about: Summary) -> Thread:
    given = store.conversation(about)
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
    """The new turns, after the existing ones.

    Without input the last question is asked again, or a cut-off answer finished.
    Errors: ``usage`` if there is neither, or a result has no call.
    """
    if user_input.message and thread.path and conversation.is_in_background(thread.path[-1]):
        raise usage_error("the last answer is still to be fetched", "fetch it: aichat ask -c")
    if user_input.message and thread.ends_with_question:
        raise usage_error(
            "the file ends with a question: leave the words out",
            "or write an answer to it, below a heading ## assistant",
        )
    calls = conversation.open_calls(thread.path)
    new_system, tools, results = user_input.instructions[:3]
    if user_input.message is None and not results:
        if new_system not in (None, thread.system or ""):
            raise usage_error("a new system prompt needs a question")
        return _continue_thread(thread, calls)
    new = []
    system = (thread.system if new_system is None else new_system) or ""
    if system != (_last_system_prompt(thread.path) or ""):
        new.append(Turn(Message("system", (Text(system),)), now))
    if not thread.path:
        new += [Turn(example, now) for example in user_input.instructions.examples]
    if calls or results:
        new.append(Turn(_tool_message(calls, results, tell), now))
    if user_input.message:
        new.append(Turn(user_input.message, now, tools=tools))
    return pending_from_path(Draft(thread.id, thread.title), (*thread.path, *new))


def _continue_thread(thread: Thread, calls: tuple[ToolCall, ...]) -> PendingTurns:
    draft = Draft(thread.id, thread.title)
    if thread.unanswered:
        return pending_from_path(draft, thread.unanswered)
    if calls:
        names = ", ".join(f"{call.name} [{call.id}]" for call in calls)
        raise usage_error(
            f"the last answer is waiting for the result of {names}",
            f"pass it with --tool-result {calls[0].id}=TEXT",
        )
    if thread.path and conversation.is_unfinished(thread.path[-1]):
        return pending_from_path(draft, thread.path[:-1])._replace(unfinished=thread.path[-1])
    raise usage_error("nothing to continue: add a question")


def without_past(pending: PendingTurns, thread: Thread) -> PendingTurns:
    """The same question by itself: the turns of ``thread`` precede it in the store only."""
    new = pending.path[len(thread.path) :]
    parent = thread.path[-1].number or None if thread.path else None
    return PendingTurns(pending.draft._replace(turns=new, parent=parent), new)


def pending_from_path(draft: Draft, path: tuple[Turn, ...]) -> PendingTurns:
    """A question with ``path``, whose unstored turns make up the draft."""
    new = conversation.unstored_turns(path)
    parent = path[-len(new) - 1].number if len(new) < len(path) else None
    return PendingTurns(draft._replace(turns=new, parent=parent), path)


def _tool_message(
    calls: tuple[ToolCall, ...], results: Mapping[str, str], tell: Callable[[str], None]
) -> Message:
    """The results of all open calls, since providers require either all or none."""
    known = {call.id: call for call in calls}
    for name in results:
        if name not in known:
            waiting = f"pending: {', '.join(known) or 'none'}"
            raise usage_error(f"no pending tool call '{name}'{suggestion(name, known)}", waiting)
    missing = [call for call in calls if call.id not in results]
    for call in missing:
        tell(f"no result for {call.name} [{call.id}]: telling the model it was not run")
    return Message(
        "tool",
        tuple(
            ToolResult(
                call.id, call.name, (Text(results.get(call.id, _TOOL_NOT_RUN)),), call in missing
            )
            for call in calls
        ),
    )
