"""``aichat trust``: trusts the file of a project or prompt in its present state."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from aichat.app.question.prompts.role import project_folders
from aichat.app.setup.trust.review import ask_to_trust
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.conversation.prompt.prompt import ACTIVE_SETTINGS
from aichat.core.text.sanitize import sanitize
from aichat.disk.config.project_file import OTHERS, ProjectFile, read_project
from aichat.disk.config.prompts import (
    PromptFile,
    find_prompt,
    prompt_text,
    read_prompt_file,
    trusts_to_show,
)
from aichat.disk.config.trusted_files import (
    Texts,
    all_trusted,
    forget_file,
    pin_of_texts,
)
from aichat.disk.paths import (
    PROJECT_FILE,
    config_dir,
    data_dir,
    expand_path,
    find_project_file,
)
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple


class TrustOptions(NamedTuple):
    """The options of ``aichat trust``."""

    file: str | None
    list: bool
    forget: bool
    yes: bool
    json: bool
    config_dir: str | None


def run(world: World, options: TrustOptions) -> int:
    """Show a file and trust it, forget it, or list the trusted ones."""
    if options.list and options.forget:
        raise usage_error("--list and --forget cannot be combined")
    if options.json and not options.list:
        raise usage_error("--json is for --list")
    if options.list:
        return _list(world, options)
    if options.forget:
        return _forget(world, options)
    path, texts, facts = _look(world, options)
    done = ask_to_trust(world, path, texts, facts, is_sure=options.yes)
    world.print_lines(f"{path} is trusted as it is now" if done else f"{path} is trusted already")
    return 0


_Look = tuple[Path, Texts, Iterator[str]]


def _look(world: World, options: TrustOptions) -> _Look:
    """The file, its contents, and its effects. Errors: ``usage``, ``config``."""
    prompt = _meant_prompt(world, options)
    if prompt:
        text = prompt_text(prompt)
        return prompt.path, {prompt.path.name: text}, _prompt_facts(prompt)
    file = read_project(_meant_project(world, options))
    return file.path, file.texts, _project_facts(file)


def _meant_project(world: World, options: TrustOptions) -> Path:
    if options.file is None:
        found = find_project_file(world.environ)
        if found is None:
            hint = "name a prompt, or write one: profile, system, prompts, attach"
            raise usage_error(f"there is no {PROJECT_FILE} here or above", hint)
        return found
    path = expand_path(options.file)
    return path / PROJECT_FILE if path.is_dir() else path


def _meant_prompt(world: World, options: TrustOptions) -> PromptFile | None:
    """The named prompt; None for a project."""
    given = options.file
    if given is None or Path(given).name == PROJECT_FILE:
        return None
    if expand_path(given).is_dir() and (expand_path(given) / PROJECT_FILE).exists():
        return None
    if "/" not in given and expand_path(given).is_file():
        given = f"./{given}"
    folder = config_dir(world.environ, options.config_dir)
    return find_prompt(folder, given, project_folders(world))


def _prompt_facts(file: PromptFile) -> Iterator[str]:
    """Lines on what a prompt runs and reads."""
    prompt = read_prompt_file(file, trusts_to_show)
    active = [
        f"{name}: {', '.join(each.settings[name])}"
        for each in (prompt, *prompt.steps)
        for name in ACTIVE_SETTINGS
        if name in each.settings
    ]
    if not (prompt.actions or active):
        yield "nothing that is run or read"
    yield from active
    for action in prompt.actions:
        yield f"{'runs' if action.is_command else 'reads'}: {action.text}"


def _project_facts(file: ProjectFile) -> Iterator[str]:
    """Lines on what a project sets, with its whole system prompt."""
    project = file.project
    yield from (f"warning: {line}" for line in file.warnings)
    yield from (f"warning: {line}" for line in file.texts.get(OTHERS, "").splitlines())
    if project.profile:
        yield f"profile: {project.profile}"
    for name, given in (("prompts", project.prompts), ("attach", project.attach)):
        if given:
            yield f"{name}: {', '.join(given)}"
    if file.system:
        yield "system:"
        yield from (f"  {line}" for line in file.system.splitlines())


def _forget(world: World, options: TrustOptions) -> int:
    """Remove the trust in a file, even if it no longer exists."""
    given = options.file
    path = expand_path(given) if given else _meant_project(world, options)
    data = data_dir(world.environ)
    if not any(forget_file(data, each) for each in (path, path / PROJECT_FILE)):
        prompt = None if given is None else _meant_prompt(world, options)
        path = prompt.path if prompt else path
        if not forget_file(data, path):
            raise usage_error(f"{path} is not trusted anyway", "see: aichat trust --list")
    world.print_lines(f"{path} is no longer trusted")
    return 0


def _list(world: World, options: TrustOptions) -> int:
    """List the trusted files, and whether each is unchanged."""
    found = sorted(all_trusted(data_dir(world.environ)).items())
    rows = [(path, _state(Path(path), texts), pin_of_texts(texts)) for path, texts in found]
    if options.json:
        files = [{"path": path, "state": state, "pin": pin} for path, state, pin in rows]
        world.write_json({"version": 1, "command": "trust", "files": files})
        return 0
    shown = [(sanitize(path), state, pin[:19]) for path, state, pin in rows]
    head, wide = ("file", "state", "pin"), world.columns()
    world.write_text(format_table(head, shown, terminal=world.stdout_tty, columns=wide))
    return 0


def _state(path: Path, texts: Mapping[str, str]) -> str:
    """The word for whether a trusted file is unchanged."""
    if not path.exists():
        return "gone"
    try:
        is_project = path.name == PROJECT_FILE
        now = read_project(path).texts if is_project else {path.name: prompt_text(PromptFile(path))}
    except AichatError:
        return "changed"
    return "trusted" if now == texts else "changed"


COMMAND = Command(
    name="trust",
    summary="Trust a project's .aichat.toml, or a prompt that runs commands.",
    examples=("aichat trust", "aichat trust ./review.md"),
    options=(
        Option(("--list",), "List what is trusted, and what has changed since.", bool),
        Option(("--forget",), "Stop trusting it.", bool),
        Option(("--yes",), "Do not ask: it was looked at elsewhere.", bool),
        JSON_OPTION,
    ),
    arguments=(
        Argument(
            "file",
            "A project's folder, or a prompt's name or file; default: the project of this folder.",
            required=False,
        ),
    ),
    run=run,
    reads=TrustOptions,
)
