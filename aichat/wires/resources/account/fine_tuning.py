"""Fine-tuning: the calls that create, list, show and cancel jobs, and their answers.

Source: the types of openai 3.57 and dashscope 2.0. How the providers differ is a table
(``DIALECTS``).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.billing.usage import parse_count
from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.http.multipart import FormField
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base

#: Jobs or events per page.
PAGE_SIZE = 100


class TuningSpec(NamedTuple):
    """A model to tune, the ids of its training files, and the parameters.

    ``method`` is ``sft``, ``dpo`` or ``rft``; None leaves a choice to the provider.
    """

    model: str
    training: str
    validation: str | None = None
    method: str = "sft"
    suffix: str | None = None
    epochs: int | None = None
    seed: int | None = None


class TuningJob(NamedTuple):
    """A job; times are Unix times in seconds, unreported values are None.

    ``state`` is one of ``STATES``, ``raw_state`` the provider's name of it. ``tuned`` is the
    resulting model, ``error`` why there is none, ``tokens`` the number of training tokens.
    """

    id: str
    state: str
    raw_state: str
    model: str = ""
    tuned: str | None = None
    created: float | None = None
    finished: float | None = None
    tokens: int | None = None
    error: str | None = None
    method: str | None = None


class TuningEvent(NamedTuple):
    """An event of a job, or a measurement at a step."""

    id: str
    at: float | None
    level: str
    message: str
    step: int | None = None
    loss: float | None = None
    valid_loss: float | None = None


class Checkpoint(NamedTuple):
    """A model saved during training."""

    model: str
    step: int | None
    loss: float | None
    valid_loss: float | None


#: States of a job; the last three are final.
STATES = ("validating", "queued", "running", "paused", "succeeded", "failed", "cancelled")
ENDS = frozenset(STATES[4:])

_STATES: Mapping[str, str] = {
    "validating_files": "validating",
    "pending": "queued",
    "pausing": "running",
    "canceled": "cancelled",
    "canceling": "running",
}


class TuningDialect(NamedTuple):
    """One provider's API: the ``path`` of jobs, ``methods`` by our names, ``body`` of a new job.

    ``way`` is that of its jobs. ``is_native``: it belongs to DashScope's native API.
    ``keeps_events``: it lists events and checkpoints; otherwise only lines of a log.
    """

    path: str
    methods: Mapping[str, str]
    body: Callable[[TuningSpec, str], Mapping[str, Any]]
    way: str
    is_native: bool = False
    keeps_events: bool = False


def _openai_body(spec: TuningSpec, method: str) -> Mapping[str, Any]:
    how: dict[str, Any] = {"type": method}
    if spec.epochs:
        how[method] = {"hyperparameters": {"n_epochs": spec.epochs}}
    fields = {
        "model": spec.model,
        "training_file": spec.training,
        "validation_file": spec.validation,
        "suffix": spec.suffix,
        "seed": spec.seed,
        "method": how,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _qwen_body(spec: TuningSpec, method: str) -> Mapping[str, Any]:
    body: dict[str, Any] = {
        "model": spec.model,
        "training_file_ids": [spec.training],
        "validation_file_ids": [spec.validation] if spec.validation else None,
        "hyper_parameters": {"n_epochs": spec.epochs} if spec.epochs else {},
        "training_type": method,
    }
    return body | ({"finetuned_output": spec.suffix} if spec.suffix else {})


#: Fine-tuning APIs by the name in a provider's settings.
DIALECTS: Mapping[str, TuningDialect] = {
    "openai": TuningDialect(
        "/fine_tuning/jobs",
        {"sft": "supervised", "dpo": "dpo", "rft": "reinforcement"},
        _openai_body,
        "openai-tuning",
        keeps_events=True,
    ),
    "qwen": TuningDialect("/fine-tunes", {"sft": "sft"}, _qwen_body, "qwen-tuning", is_native=True),
}


# -- requests


def create_call(endpoint: Endpoint, spec: TuningSpec) -> Call:
    """The request for a new job."""
    dialect = DIALECTS[endpoint.provider.resources.tuning]
    body = json_body(dialect.body(spec, dialect.methods[spec.method]))
    return _call("POST", endpoint, dialect.path, json_content=True)._replace(body=body)


def list_call(endpoint: Endpoint, page: int, after: str) -> Call:
    """The request for a page of the list: by its number, or after the id ``after``."""
    dialect = DIALECTS[endpoint.provider.resources.tuning]
    query = f"?page_no={page}&page_size={PAGE_SIZE}" if dialect.is_native else _query(after)
    return _call("GET", endpoint, dialect.path + query)


def show_call(endpoint: Endpoint, job: str) -> Call:
    """The request for one job."""
    return _call("GET", endpoint, _path(endpoint, job))


def cancel_call(endpoint: Endpoint, job: str) -> Call:
    """The request that cancels a job."""
    return _call("POST", endpoint, _path(endpoint, job) + "/cancel")


def events_call(endpoint: Endpoint, job: str, after: str, place: int) -> Call:
    """The request for events: the newest, those before ``after``, or log lines from ``place``."""
    if DIALECTS[endpoint.provider.resources.tuning].keeps_events:
        return _call("GET", endpoint, _path(endpoint, job) + "/events" + _query(after))
    return _call("GET", endpoint, f"{_path(endpoint, job)}/logs?offset={place}&line=1000")


def checkpoints_call(endpoint: Endpoint, job: str, after: str) -> Call | None:
    """The request for checkpoints; None if the provider has none."""
    if not DIALECTS[endpoint.provider.resources.tuning].keeps_events:
        return None
    return _call("GET", endpoint, _path(endpoint, job) + "/checkpoints" + _query(after))


def upload_request(endpoint: Endpoint, path: str, name: str) -> tuple[Call, list[FormField]]:
    """DashScope's upload of a training file: a call without its body, and the form."""
    file = FormField("files", file=path, filename=name, kind="application/jsonl")
    return _call("POST", endpoint, "/files"), [file]


def _query(after: str) -> str:
    cursor = f"&after={quote(after, safe='')}" if after else ""
    return f"?limit={PAGE_SIZE}{cursor}"


def _path(endpoint: Endpoint, job: str) -> str:
    return f"{DIALECTS[endpoint.provider.resources.tuning].path}/{quote(job, safe='')}"


def _call(method: str, endpoint: Endpoint, path: str, *, json_content: bool = False) -> Call:
    is_native = DIALECTS[endpoint.provider.resources.tuning].is_native
    base = native_base(endpoint.base_url) if is_native else endpoint.base_url
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *auth, json_content=json_content)
    return Call(method, base + path, headers)


# -- answers


def parse_upload(told: Mapping[str, Any]) -> str | None:
    """The id of a file uploaded to DashScope, if the answer has one."""
    files = objects(get_object(told, "data").get("uploaded_files"))
    return next((text_or_none(each.get("file_id")) for each in files), None)


def parse_job(told: Mapping[str, Any]) -> TuningJob | None:
    """The job in an answer; None if it has none."""
    entry = get_object(told, "output") or told
    job_id = text_or_none(entry.get("id")) or text_or_none(entry.get("job_id"))
    if not job_id:
        return None
    raw = str(entry.get("status") or "")
    state = _STATES.get(raw.lower(), raw.lower())
    method = get_object(entry, "method").get("type") or entry.get("training_type")
    return TuningJob(
        job_id,
        state if state in STATES else "running",
        raw,
        text_or_none(entry.get("base_model")) or text_or_none(entry.get("model")) or "",
        text_or_none(entry.get("fine_tuned_model")) or text_or_none(entry.get("finetuned_output")),
        parse_instant(entry.get("created_at", entry.get("create_time"))),
        parse_instant(entry.get("finished_at", entry.get("end_time"))),
        parse_count(entry.get("trained_tokens", entry.get("usage"))),
        text_or_none(get_object(entry, "error").get("message"))
        or text_or_none(entry.get("message")),
        text_or_none(method),
    )


def parse_jobs(told: Mapping[str, Any]) -> tuple[list[TuningJob], bool] | None:
    """The jobs of a page, and whether there may be more; None if it is not a list."""
    output = get_object(told, "output")
    listed = output.get("jobs") if output else told.get("data")
    if not isinstance(listed, list):
        return None
    found = [job for each in objects(listed) if (job := parse_job(each))]
    return found, told.get("has_more") is True or (bool(output) and len(found) == PAGE_SIZE)


def parse_events(told: Mapping[str, Any]) -> tuple[list[TuningEvent], bool] | None:
    """The events of a page, and whether there are more; None if it is not a list."""
    if isinstance(lines := get_object(told, "output").get("logs"), list):
        texts = [line for line in lines if isinstance(line, str)]
        return [TuningEvent(str(n), None, "info", text) for n, text in enumerate(texts)], False
    if not isinstance(listed := told.get("data"), list):
        return None
    return [*_events(objects(listed))], told.get("has_more") is True


def _events(entries: Any) -> Iterator[TuningEvent]:
    for each in entries:
        measured = get_object(each, "data")
        yield TuningEvent(
            str(each.get("id") or ""),
            parse_instant(each.get("created_at")),
            str(each.get("level") or "info"),
            str(each.get("message") or ""),
            parse_count(measured.get("step")),
            _loss(measured.get("train_loss")),
            _loss(measured.get("full_valid_loss", measured.get("valid_loss"))),
        )


def parse_checkpoints(told: Mapping[str, Any]) -> list[Checkpoint]:
    """The checkpoints in an answer, in its order."""
    found = []
    for each in objects(told.get("data")):
        measured = get_object(each, "metrics")
        valid = measured.get("full_valid_loss", measured.get("valid_loss"))
        name = str(each.get("fine_tuned_model_checkpoint") or "")
        step = parse_count(each.get("step_number"))
        found.append(Checkpoint(name, step, _loss(measured.get("train_loss")), _loss(valid)))
    return found


def _loss(told: Any) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return float(told) if abs(told) < _LARGEST else None


#: Larger losses are taken for errors.
_LARGEST = 1e9
