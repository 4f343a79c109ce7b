"""``aichat doctor``: what is wrong, a line each, with a remedy.

Checks are independent: an error in one is its finding, and the others continue.
Providers are checked in parallel. The exit code is 0 if nothing failed, otherwise
that of the first failure, as for a question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from aichat.app.calls.fan_out import JobGroup
from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.commands.doctor import checks, tools
from aichat.commands.doctor.finding import Finding, fault_finding, run_check
from aichat.commands.doctor.provider import ProbeResult, ProbeTarget, probe_provider, probe_target
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.config.schema import Config
from aichat.core.provider.provider import Provider
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Role, Theme
from aichat.disk.config import credentials, toml_file
from aichat.disk.paths import config_dir
from aichat.errors import (
    EXIT_CODES,
    AichatError,
    Fault,
    config_error,
    suggestion,
    usage_error,
)
from aichat.net.tls import clock_offset
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

#: The default timeouts in seconds for a provider's answer, and for its name's lookup.
_ANSWER_SECONDS, _DNS_SECONDS = 5.0, 2.0

#: The deviation of the clock, in seconds, below which not to warn.
_CLOCK_TOLERANCE = 60.0

_HEAD = ("state", "check", "finding", "remedy")
_ROLES: dict[str, Role] = {"ok": "success", "note": "warning", "fail": "error"}


class DoctorOptions(NamedTuple):
    """The options of ``aichat doctor``; ``timeout`` is in seconds.

    With a ``provider``, only what concerns it is checked.
    """

    provider: str | None
    offline: bool
    timeout: float | None
    json: bool
    config_dir: str | None


def run(world: World, options: DoctorOptions) -> int:
    """Run all checks, and print the findings."""
    seconds = _ANSWER_SECONDS if options.timeout is None else options.timeout
    _check_name(world, options)
    if not 0 < seconds < 600:
        raise usage_error("--timeout must be more than 0 and less than 600 seconds")
    findings = [
        f._replace(message=sanitize_line(f.message)) for f in _run_checks(world, options, seconds)
    ]
    first = next((f for f in findings if f.state == "fail"), None)
    code = EXIT_CODES.get(first.kind, 3) if first else 0
    if options.json:
        listed = [dict(zip(_HEAD, _row(f), strict=True)) for f in findings]
        world.write_json({"version": 1, "ok": not code, "exit": code, "checks": listed})
    elif world.stdout_tty:
        world.print_entries(_entry(finding, world.theme) for finding in findings)
    else:
        world.write_text(format_table(_HEAD, map(_row, findings), terminal=False))
    return code


def _check_name(world: World, options: DoctorOptions) -> None:
    """Raise (``config``) for an unknown provider; a broken config has its own check."""
    if options.provider is None:
        return
    config, _ = _read_config(config_dir(world.environ, options.config_dir))
    known = Registry(config)
    if options.provider not in known:
        close = suggestion(options.provider, known)
        raise config_error(
            f"unknown provider '{options.provider}'{close}", f"choose from: {', '.join(known)}"
        )


def _row(found: Finding) -> tuple[str, ...]:
    return found.state, found.check, found.message, found.remedy


def _entry(found: Finding, theme: Theme) -> tuple[str, str]:
    """The check and its finding, for people."""
    state = theme.paint(f"{found.state:4}", _ROLES[found.state])
    remedy = f" -> {sanitize_line(found.remedy)}" if found.remedy else ""
    return f"{state}  {found.check:18}", f"{found.message}{remedy}"


def _run_checks(world: World, options: DoctorOptions, seconds: float) -> Iterator[Finding]:
    environ = world.environ
    yield from checks.versions()
    try:
        folder = config_dir(environ, options.config_dir)
    except AichatError as error:
        yield fault_finding("config", error.fault)
        folder = Path("config-is-nowhere")
    known = checks.remedies(folder)
    found = list(run_check("config", lambda: checks.config(folder), known["config"]))
    yield from found
    sound = not any(each.state == "fail" for each in found)
    later_checks = {
        "settings": lambda: checks.settings(folder, environ) if sound else iter(()),
        "credentials": lambda: checks.keys(folder),
        "proxy": lambda: checks.proxy(environ),
        "certificates": lambda: checks.certificates(environ),
        "terminal": lambda: checks.terminal(world),
        "store": lambda: checks.store(environ),
        "local": lambda: checks.local(environ),
        "sandbox": lambda: tools.sandbox(folder) if sound else iter(()),
        "mcp": lambda: tools.servers(folder, environ) if sound else iter(()),
    }
    for name, check in later_checks.items():
        if options.provider is None or name in _PROVIDER_CHECKS:
            yield from run_check(name, check, known.get(name, known["config"]))
    if not options.offline:
        yield from _check_providers(world, folder, options.provider, seconds)


#: Checks that concern every provider.
_PROVIDER_CHECKS = frozenset(("credentials", "proxy", "certificates"))


def _check_providers(
    world: World, folder: Path, only: str | None, seconds: float
) -> Iterator[Finding]:
    """Check all providers with a key or without need of one, in parallel; findings in their order.

    ``only`` restricts it to one, whose key must exist.
    """
    config, stored = _read_config(folder)
    targets: list[ProbeTarget] = []
    without: list[str] = []
    for name, provider in Registry(config).items():
        if only not in (None, name) or (provider.engine and not only):
            continue
        if provider.engine:
            yield from run_check(name, lambda: checks.local(world.environ), "")
            continue
        has = credentials.configured_origin(provider, config, world.environ, stored)
        if provider.needs_key and not has and not only:
            without.append(name)
            continue
        try:
            targets.append(_resolve_target(folder, world.environ, provider, seconds))
        except AichatError as error:
            yield fault_finding(name, error.fault, _key_remedy(name, error.fault))
    if without:
        nobody, remedy = f"none for {', '.join(without)}", "aichat keys set PROVIDER"
        yield Finding("keys", "ok", nobody) if targets else Finding("keys", "note", nobody, remedy)
    seen = _probe_all(world, targets, seconds)
    yield from (each.finding for each in seen)
    yield from _check_clock(world, seen)


def _read_config(folder: Path) -> tuple[Config, Mapping[str, str]]:
    """The config and the keys; empty if broken, which other checks report."""
    try:
        config = toml_file.load(folder).config
        Registry(config)
    except AichatError:
        config = Config()
    try:
        return config, credentials.read(folder)
    except AichatError:
        return config, {}


def _resolve_target(
    folder: Path, environ: Mapping[str, str], provider: Provider, seconds: float
) -> ProbeTarget:
    flags = Flags(provider=provider.id)
    return probe_target(resolve_setup(folder, environ, flags, None, needs_model=False), seconds)


def _key_remedy(name: str, fault: Fault) -> str:
    if "key_command" in fault.message:
        return f"fix key_command in [providers.{name}], or run: aichat keys set {name}"
    return fault.hint or f"run: aichat keys set {name}"


def _probe_all(world: World, targets: Sequence[ProbeTarget], seconds: float) -> list[ProbeResult]:
    """The results for all providers, in the given order; a hanging check is abandoned."""
    late = Fault("timeout", f"no response within {seconds + _DNS_SECONDS:g} s")
    remedy = "check the network and DNS, then try again"
    seen = [ProbeResult(fault_finding(target.name, late, remedy)) for target in targets]
    names, patience = [target.name for target in targets], 2 * seconds + _DNS_SECONDS
    with JobGroup[ProbeResult]() as group:
        for number, target in enumerate(targets):
            connection = group.halt.connection_options(number, target.connection)
            group.run(number, _probe(target._replace(connection=connection)))
        for batch in group.all_batches(names, StatusLine(world, shown=False), patience):
            for result in batch.events:
                seen[batch.number] = result
            if batch.fault:
                seen[batch.number] = ProbeResult(fault_finding(names[batch.number], batch.fault))
    return seen


def _probe(target: ProbeTarget) -> Iterator[list[ProbeResult]]:
    """Check one provider, as a job."""
    yield [probe_provider(target)]


def _check_clock(world: World, results: Iterable[ProbeResult]) -> Iterator[Finding]:
    """Compare our clock with the closest one of the providers."""
    dates = [each.date for each in results if each.date]
    if not dates:
        return
    offs = [clock_offset(date, world.clock.now(), _CLOCK_TOLERANCE) for date in dates]
    if "" in offs:
        yield Finding("clock", "ok", f"correct to within {_CLOCK_TOLERANCE:g} s")
        return
    large = any(clock_offset(date, world.clock.now()) for date in dates)
    remedy = "set it with: timedatectl set-ntp true, or date --set"
    yield Finding("clock", "fail" if large else "note", f"{offs[0]}", remedy, "network")


COMMAND = Command(
    name="doctor",
    summary="Check the setup and suggest fixes.",
    examples=("aichat doctor", "aichat doctor groq"),
    arguments=(Argument("provider", "Look at this provider alone.", required=False),),
    options=(
        Option(("--offline",), "Do not contact any provider.", bool),
        Option(("--timeout",), "Seconds to wait for each provider; default 5.", float, metavar="S"),
        JSON_OPTION,
    ),
    run=run,
    reads=DoctorOptions,
)
