"""Jobs: the calls that poll or cancel one, and their answers.

Source: requests recorded from the official SDKs. ``JOB_WAYS`` has an entry per polling API,
whatever the job makes.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.billing.usage import UsageDetail, parse_count, parse_counts
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.message.media import Media, Url
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.job import JobReport
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base
from aichat.wires.interactions.decode import parse_usage
from aichat.wires.resources.account.fine_tuning import parse_job
from aichat.wires.shared.media_parts import media_of_data
from aichat.wires.shared.openai_usage import provider_cost


class JobWay(NamedTuple):
    """How to poll a job: ``path`` is appended to the base URL as changed by ``base``.

    ``read`` parses an answer; ``cancel`` is the path that cancels the job, empty if that is
    impossible. Results live ``kept`` hours; ``id_path`` locates the id in the answer that
    starts the job.
    """

    path: str
    read: Callable[[Mapping[str, Any]], JobReport]
    id_path: tuple[str, ...]
    cancel: str = ""
    kept: float | None = None
    base: Callable[[str], str] = str
    content_query: str = ""  # makes the URL of a result return its content


def _number(value: object) -> float | None:
    """A number if not negative, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _MOST else None


#: Larger numbers are taken for errors.
_MOST = 1e9

#: Words in the providers' codes for a withheld result.
_WITHHELD = ("moderation", "inspection", "safety", "prohibited", "policy")

_WITHHELD_FAULT = Fault("content_filter", "the result was withheld by moderation")


def _failure(code: object, message: object) -> Fault:
    """The fault of a failed job, in the provider's words."""
    told, why = text_or_none(code) or "", text_or_none(message) or ""
    withheld = any(word in f"{told} {why}".lower() for word in _WITHHELD)
    return Fault(
        "content_filter" if withheld else "server",
        f"the job failed: {why or told or 'no reason given'}",
        code=told or None,
    )


# -- xAI


def _read_xai(told: Mapping[str, Any]) -> JobReport:
    """The report in an answer; one without a body is a 202: not yet."""
    video, error = get_object(told, "video"), get_object(told, "error")
    state = {"expired": "expired", "failed": "failed", "done": "done"}.get(
        str(told.get("status", "pending")), "pending"
    )
    progress = _number(told.get("progress"))
    report = JobReport(
        state,
        None if progress is None else min(progress / 100, 1.0),
        cost=provider_cost(get_object(told, "usage")),
        seconds=_number(video.get("duration")),
    )
    if state == "failed":
        return report._replace(fault=_failure(error.get("code"), error.get("message")))
    if state != "done":
        return report
    url = text_or_none(video.get("url"))
    if video.get("respect_moderation") is False:
        return report._replace(fault=_WITHHELD_FAULT)  # billed nevertheless
    return report._replace(results=(Media("video/mp4", Url(url)),) if url else ())


# -- Gemini: an interaction in the background

_INTERACTION_STATES = {
    "queued": "pending",
    "in_progress": "running",
    "idle": "running",
    "completed": "done",
    "cancelled": "cancelled",
    "failed": "failed",
    "incomplete": "failed",
    "budget_exceeded": "failed",
}


def _read_interaction(told: Mapping[str, Any]) -> JobReport:
    state = _INTERACTION_STATES.get(str(told.get("status")), "unknown")
    usage = parse_usage(get_object(told, "usage"))
    counts = parse_counts(video_output=usage.output)
    report = JobReport(state, usage=usage, detail=UsageDetail(counts))
    if state == "failed":
        error = next(iter(objects(told.get("errors"))), get_object(told, "error"))
        return report._replace(fault=_failure(error.get("code"), error.get("message")))
    if state != "done":
        return report
    steps = (s for s in objects(told.get("steps")) if s.get("type") == "model_output")
    parts = [part for step in steps for part in objects(step.get("content"))]
    found = tuple(media for part in parts if (media := media_of_data(part)))
    if not found:  # jobs refused for the region end like this, without tokens
        why = "no video was made; some are not in your region"
        return report._replace(fault=Fault("content_filter", why))
    return report._replace(results=found)


# -- DashScope: a task of any sort

_TASK_STATES = {
    "PENDING": "pending",
    "SUSPENDED": "pending",
    "RUNNING": "running",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}


def _read_task(told: Mapping[str, Any]) -> JobReport:
    """The report on a task; UNKNOWN, with HTTP 200, if it expired or never existed."""
    output, usage = get_object(told, "output"), get_object(told, "usage")
    state = _TASK_STATES.get(str(output.get("task_status")), "unknown")
    sharp = parse_count(usage.get("SR"))
    report = JobReport(
        state,
        results=tuple(_task_results(output)) if state == "done" else (),
        seconds=_number(usage.get("duration", usage.get("seconds"))),
        resolution=f"{sharp}p" if sharp else None,
    )
    if state == "failed":
        return report._replace(fault=_failure(output.get("code"), output.get("message")))
    if state == "done" and not report.results:
        failed = next((r for r in objects(output.get("results")) if r.get("code")), output)
        return report._replace(fault=_failure(failed.get("code"), failed.get("message")))
    return report


def _task_results(output: Mapping[str, Any]) -> list[Media]:
    """A video, images in the old or new format, or a transcript in one of three formats."""
    listed, one = [*objects(output.get("results"))], get_object(output, "result")
    urls = [(output.get("video_url"), "video/mp4")]
    urls += [(entry.get("url"), "image/png") for entry in listed]
    told = (entry.get("transcription_url") for entry in (output, one, *listed))
    urls += [(url, "application/json") for url in told]
    for choice in objects(output.get("choices")):
        parts = objects(get_object(choice, "message").get("content"))
        urls += [(part.get("image"), "image/png") for part in parts]
    return [Media(mime, Url(url)) for url, mime in urls if isinstance(url, str) and url]


# -- fine-tuning

_TUNING_STATES = {
    "validating": "pending",
    "queued": "pending",
    "succeeded": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


def _read_tuning(told: Mapping[str, Any]) -> JobReport:
    job = parse_job(told)
    if job is None:
        return JobReport("unknown")
    state = _TUNING_STATES.get(job.state, "running")
    detail = UsageDetail(parse_counts(trained=job.tokens))
    report = JobReport(state, detail=detail, model=job.tuned or "")
    return report._replace(fault=_failure("", job.error)) if state == "failed" else report


#: Polling APIs by the name stored with a job.
JOB_WAYS: Mapping[str, JobWay] = {
    "xai-video": JobWay("/videos/{id}", _read_xai, ("request_id",), kept=24),
    "interaction": JobWay(
        *("/interactions/{id}", _read_interaction, ("id",), "/interactions/{id}/cancel"),
        content_query="alt=media",
    ),
    "task": JobWay(
        *("/tasks/{id}", _read_task, ("output", "task_id"), "/tasks/{id}/cancel", 24, native_base),
    ),
    "openai-tuning": JobWay(
        *("/fine_tuning/jobs/{id}", _read_tuning, ("id",), "/fine_tuning/jobs/{id}/cancel"),
    ),
    "qwen-tuning": JobWay(
        *("/fine-tunes/{id}", _read_tuning, ("output", "job_id"), "/fine-tunes/{id}/cancel"),
        base=native_base,
    ),
}


def look_call(endpoint: Endpoint, way: str, job_id: str) -> Call:
    """The request for a job's state."""
    return _call(endpoint, "GET", JOB_WAYS[way], JOB_WAYS[way].path, job_id)


def cancel_call(endpoint: Endpoint, way: str, job_id: str) -> Call | None:
    """The request that cancels a job; None if its provider cannot."""
    known = JOB_WAYS[way]
    return _call(endpoint, "POST", known, known.cancel, job_id) if known.cancel else None


def _call(endpoint: Endpoint, method: str, way: JobWay, path: str, job_id: str) -> Call:
    own: tuple[Header, ...] = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *own, json_content=False)
    where = way.base(endpoint.base_url) + path.format(id=quote(job_id, safe=""))
    return Call(method, where, headers)


def parse_job_id(told: Mapping[str, Any], way: str) -> str | None:
    """The id of a started job; None if the answer has none."""
    *above, last = JOB_WAYS[way].id_path
    for name in above:
        told = get_object(told, name)
    return text_or_none(told.get(last))
