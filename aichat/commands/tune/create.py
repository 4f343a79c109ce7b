"""``aichat tune create``: checks the files, then starts a job."""

from pathlib import Path

from aichat.app.billing.budget import check_spending
from aichat.app.billing.expected import Expected
from aichat.app.billing.metered import spend_check
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceContext, document, protocol_error
from aichat.app.jobs import tunings
from aichat.app.jobs.beginning import begin, mark_of, new_job, unfinished
from aichat.app.jobs.ending import settle
from aichat.app.jobs.following import look
from aichat.app.jobs.kept import JobKeeper
from aichat.app.jobs.tunings import training_cost
from aichat.app.media.files.context import FilesContext, send
from aichat.app.media.files.resuming import digest_of
from aichat.app.media.files.upload import put
from aichat.commands.tune.training import LEAST_EXAMPLES, TrainingFile, check_training_file
from aichat.core.exchange.request import Request
from aichat.core.provider.job import Job
from aichat.core.text.json import read_object
from aichat.core.text.numbers import count_of
from aichat.disk.files.upload import MultipartForm, file_source
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.term.widgets.confirm import confirm_or_decline, sees_questions
from aichat.values import NamedTuple
from aichat.wires.resources.account import fine_tuning
from aichat.wires.resources.account.fine_tuning import DIALECTS, TuningJob, TuningSpec
from aichat.wires.resources.files import FileSpec

#: The placeholder for a file's id in a dry run.
_STAND_IN = "$FILE_ID"


class TuningTerms(NamedTuple):
    """Whether it is a dry run, or sent without confirmation (``unasked``); the limit of cost."""

    dry: bool
    unasked: bool
    max_cost: str | None
    as_json: bool


class TuningWish(NamedTuple):
    """The model, the files, and the parameters of training."""

    model: str
    train: str
    valid: str | None
    method: str
    suffix: str | None
    epochs: int | None
    seed: int | None
    again: bool = False


def create_job(context: ResourceContext, terms: TuningTerms, wish: TuningWish) -> int:
    """Check the files, show the cost, upload them, start the job, and print its id.

    Errors: ``usage`` for files, or if nobody can be asked; ``invalid_request`` (exit 5);
    ``budget`` (exit 11).
    """
    dialect = DIALECTS[context.endpoint.provider.resources.tuning]
    if wish.method not in dialect.methods:
        can = ", ".join(dialect.methods)
        name = context.endpoint.provider.name
        raise AichatError(
            Fault("invalid_request", f"{name} does not learn by {wish.method}", f"--method {can}")
        )
    train = check_training_file(expand_path(wish.train), wish.method, least=LEAST_EXAMPLES)
    valid = check_training_file(expand_path(wish.valid), wish.method) if wish.valid else None
    if terms.dry:
        stand_in = _STAND_IN if valid else None
        spec = _spec(wish, _STAND_IN, stand_in)
        print_call(context.world, fine_tuning.create_call(context.endpoint, spec))
        return 0
    expected = _expected(context, wish, train)
    _confirm(context, wish, expected, terms)
    check_spending(spend_check(context, Request(wish.model, ())), expected, terms.max_cost)
    job = _begin(context, wish, train, valid)
    if terms.as_json:
        made = TuningJob(job.id, _STATE_WORDS.get(job.state, job.state), job.state, job.model)
        context.world.write_json(document(context.endpoint, "tune create", job=made._asdict()))
    else:
        context.world.print_lines(job.id)
    context.say(f"it goes on by itself; see: aichat tune events {job.id} --follow")
    return 0


#: States of fine-tuning by those of recorded jobs.
_STATE_WORDS = {"pending": "queued", "done": "succeeded"}


def _begin(
    context: ResourceContext, wish: TuningWish, train: TrainingFile, valid: TrainingFile | None
) -> Job:
    """Start the job, recorded beforehand, or return an unfinished one of the same request."""
    keeper = JobKeeper(context.world, context.say)
    asked = wish._replace(
        train=_digest(train), valid=_digest(valid) if valid else None, again=False
    )
    mark = mark_of(context, "tuning", *asked)
    if not wish.again and (job := _unfinished(context, mark, keeper)):
        return job
    way = DIALECTS[context.endpoint.provider.resources.tuning].way
    words = wish.suffix or train.path.name
    job = new_job(context, "tuning", way, mark)._replace(model=wish.model, words=words)
    ids = [_upload(context, each.path) if each else None for each in (train, valid)]
    call = fine_tuning.create_call(context.endpoint, _spec(wish, ids[0] or "", ids[1]))
    return begin(context, job, call, keeper)


def _unfinished(context: ResourceContext, mark: str, keeper: JobKeeper) -> Job | None:
    """The recorded job of the same request, unless it has ended meanwhile."""
    job = keeper.unfinished(mark)
    if job and job.state != "asking" and (seen := look(context, job)).is_last:
        settle(context, job, seen.found, keeper, tunings.COUNTS)
    return unfinished(context, mark, keeper)


def _digest(file: TrainingFile) -> str:
    return digest_of(FileSpec(str(file.path), "", "", file.path.stat().st_size, "other"))


def _spec(wish: TuningWish, training: str, validation: str | None) -> TuningSpec:
    how = (wish.method, wish.suffix, wish.epochs, wish.seed)
    return TuningSpec(wish.model, training, validation, *how)


def _expected(context: ResourceContext, wish: TuningWish, train: TrainingFile) -> Expected:
    """The expected cost, if the epochs are given and the method is billed by tokens."""
    by_token = wish.method != "rft"  # billed by the hour
    tokens = train.tokens * (wish.epochs or 0)
    cost = training_cost(context, wish.model, tokens) if tokens and by_token else None
    epochs = (
        count_of(wish.epochs, "time")
        if wish.epochs
        else "as often as the provider thinks (no --epochs)"
    )
    examples = f"{count_of(train.examples, 'example')} of about {train.tokens:,} tokens"
    return Expected(cost, f"{examples}, learned {epochs}")


def _confirm(
    context: ResourceContext, wish: TuningWish, expected: Expected, terms: TuningTerms
) -> None:
    """Tell or ask about the cost. Errors: ``usage`` if nobody can be asked; ``declined``."""
    world = context.world
    costs = f"training {'costs ' if expected.cost else ''}{expected.description}"
    if terms.unasked or (terms.max_cost and not sees_questions(world)):
        context.say(costs)
        return
    if not sees_questions(world):
        raise usage_error(
            f"{costs}: refusing to spend it unasked", "add --yes, or --max-cost AMOUNT"
        )
    confirm_or_decline(world, f"{wish.model}: {costs}. Start it?", "nothing was sent")


def _upload(context: ResourceContext, path: Path) -> str:
    """Upload a file; returns the provider's id."""
    files = FilesContext(context.world, context.endpoint, context.options, context.say)
    if not DIALECTS[context.endpoint.provider.resources.tuning].is_native:
        spec = FileSpec(
            *(str(path), path.name, "application/jsonl", path.stat().st_size, "other"),
            purpose="fine-tune",
        )
        return put(files, spec).id
    call, fields = fine_tuning.upload_request(context.endpoint, str(path), path.name)
    form = MultipartForm(fields, file_source)
    answer = send(files, form.call(call), form).body
    found = fine_tuning.parse_upload(read_object(answer))
    if found is None:
        raise protocol_error(context, "the answer names no file")
    return found
