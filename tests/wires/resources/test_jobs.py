"""What a provider says of a job, in every state and of whatever shape."""

from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.message.media import Url
from aichat.core.provider.job import JOB_STATES
from aichat.wires.resources.jobs import JOB_WAYS, parse_job_id


def output(**fields: Any) -> Mapping[str, Any]:
    """An answer of DashScope's about a task that is done."""
    return {"output": {"task_status": "SUCCEEDED", **fields}}


PARTS = [{"image": "http://a/1.png"}, {"text": "x"}, {"image": 5}]
FILM = {"type": "video", "mime_type": "video/mp4"}


def spoken(*parts: Any) -> Mapping[str, Any]:
    """An interaction that is completed."""
    steps = [{"type": "user_input", "content": [{**FILM, "uri": "http://asked"}]}]
    return {"status": "completed", "steps": [*steps, {"type": "model_output", "content": [*parts]}]}


#: The way, what is said, the state, the addresses of the results, and the kind of the fault.
TOLD: Mapping[str, tuple[str, Any, str, list[str], str | None]] = {
    "nothing yet": ("xai-video", {}, "pending", [], None),
    "pending": ("xai-video", {"status": "pending", "progress": 42}, "pending", [], None),
    "new words": ("xai-video", {"status": "thinking"}, "pending", [], None),
    "done": (
        *("xai-video", {"status": "done", "video": {"url": "http://a"}}, "done"),
        *(["http://a"], None),
    ),
    "expired": ("xai-video", {"status": "expired"}, "expired", [], None),
    "failed": ("xai-video", {"status": "failed"}, "failed", [], "server"),
    "withheld": (
        *("xai-video", {"status": "failed", "error": {"code": "content_policy"}}),
        *("failed", [], "content_filter"),
    ),
    "queued": ("interaction", {"status": "queued"}, "pending", [], None),
    "running": ("interaction", {"status": "in_progress"}, "running", [], None),
    "spoken": ("interaction", spoken({**FILM, "uri": "http://a"}), "done", ["http://a"], None),
    "in it": ("interaction", spoken({**FILM, "data": "AAAA"}), "done", [], None),
    "broken": ("interaction", spoken({**FILM, "data": "%"}), "done", [], "content_filter"),
    "words": ("interaction", spoken({"type": "text", "text": "x"}), "done", [], "content_filter"),
    "stopped": ("interaction", {"status": "incomplete"}, "failed", [], "server"),
    "ended": ("interaction", {"status": "cancelled"}, "cancelled", [], None),
    "another": ("interaction", {"status": 5}, "unknown", [], None),
    "waiting": ("task", {"output": {"task_status": "SUSPENDED"}}, "pending", [], None),
    "a film": ("task", output(video_url="http://a"), "done", ["http://a"], None),
    "old pictures": ("task", output(results=[{"url": "http://a"}]), "done", ["http://a"], None),
    "new pictures": (
        *("task", output(choices=[{"message": {"content": PARTS}}]), "done"),
        *(["http://a/1.png"], None),
    ),
    "some pictures": (
        *("task", output(results=[{"url": "http://a"}, {"code": "x"}]), "done"),
        *(["http://a"], None),
    ),
    "no picture": (
        *("task", output(results=[{"code": "DataInspectionFailed"}]), "done"),
        *([], "content_filter"),
    ),
    "ended too": ("task", {"output": {"task_status": "CANCELED"}}, "cancelled", [], None),
    "gone": ("task", {"output": {"task_status": "UNKNOWN"}}, "unknown", [], None),
    "nonsense": ("task", {"output": "x", "usage": 5}, "unknown", [], None),
}


@pytest.mark.parametrize("case", TOLD.values(), ids=TOLD)
def test_what_is_said_of_a_job_has_one_meaning(
    case: tuple[str, Any, str, list[str], str | None],
) -> None:
    way, told, state, addresses, kind = case
    report = JOB_WAYS[way].read(told)
    assert report.state == state and state in JOB_STATES
    urls = [each.source.address for each in report.results if isinstance(each.source, Url)]
    assert urls == addresses and (report.fault and report.fault.kind) == kind


#: What is told of how far it is, how long, how sharp and how dear, and what is believed.
FACTS: tuple[tuple[str, Any, str, Any], ...] = (
    ("xai-video", {"progress": 42}, "progress", 0.42),
    ("xai-video", {"progress": 400}, "progress", 1.0),
    ("xai-video", {"progress": -1}, "progress", None),
    ("xai-video", {"progress": True}, "progress", None),
    ("xai-video", {"progress": float("inf")}, "progress", None),
    ("xai-video", {"video": {"duration": 6.5}}, "seconds", 6.5),
    ("task", {"usage": {"duration": 5, "SR": 720}}, "seconds", 5.0),
    ("task", {"usage": {"duration": 5, "SR": 720}}, "resolution", "720p"),
    ("task", {"usage": {"duration": "5", "SR": "x"}}, "seconds", None),
    ("task", {"usage": {"duration": "5", "SR": "x"}}, "resolution", None),
)


@pytest.mark.parametrize(("way", "told", "field", "value"), FACTS)
def test_numbers_are_believed_where_they_can_be(
    way: str, told: Any, field: str, value: Any
) -> None:
    assert getattr(JOB_WAYS[way].read(told), field) == value


def test_an_id_is_a_text_where_the_way_has_it() -> None:
    assert parse_job_id({"output": {"task_id": "t"}}, "task") == "t"
    assert parse_job_id({"request_id": "r"}, "xai-video") == "r"
    assert parse_job_id({"output": ["t"]}, "task") is None
    assert parse_job_id({"id": 5}, "interaction") is None
