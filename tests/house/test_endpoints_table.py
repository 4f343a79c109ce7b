"""Endpoints as a table: the command for each, its test, its state in November 2026.

The document of July 2025 is where most of them are named; what came since follows it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from aichat.cli import dispatch
from aichat.disk.catalogue import endpoints
from tests.support.documents.seed_document import sections_in
from tests.support.running.marks import one_test_of
from tests.test_faults_table import check_test

#: Provider, method and path, command, state, and in the line below the test. A state is
#: ``works``, ``new`` (it came after the document) or ``gone`` (which its row in the list of
#: ``aichat api PROVIDER --help`` says what took the place of).
TABLE = """
openai  POST /images/generations  image  works
    commands/image/test_image: each_provider_has_its_own_request
openai  POST /images/edits  image  works
    commands/image/test_image: openai_is_given_a_form_with_the_files_last
openai  POST /images/variations  image  gone
    commands/image/test_image: variations_are_a_change_since_no_endpoint_makes_them
xai  POST /images/generations  image  works
    commands/image/test_image: each_provider_has_its_own_request
xai  POST /images/edits  image  new
    commands/image/test_image: a_picture_that_is_given_is_changed
gemini  POST /models/{model}:generateContent  image  works
    commands/image/test_sdks: a_drawing_is_asked_for_as_gemini_does
gemini  POST /models/{model}:predict  image  gone
    commands/image/test_image: each_provider_has_its_own_request
qwen  POST //api/v1/services/aigc/multimodal-generation/generation  image  new
    commands/image/test_sdks: a_drawing_is_asked_for_as_qwen_does
qwen  POST //api/v1/services/aigc/text2image/image-synthesis  image  new
    commands/image/test_sdks: a_task_is_asked_for_as_qwen_does
openai  POST /videos  video  gone
    commands/video/test_video: what_cannot_be_is_told_before_it_is_sent
gemini  POST /interactions  video  new
    commands/video/test_sdks: a_video_is_asked_for_as_gemini_does
gemini  GET /interactions/{id}  jobs  new
    commands/video/test_sdks: a_video_is_asked_for_as_gemini_does
gemini  POST /interactions/{id}/cancel  jobs  new
    commands/jobs/test_jobs: a_job_is_cancelled
gemini  POST /models/{model}:predictLongRunning  video  gone
    commands/video/test_video: each_provider_has_its_own_request
xai  POST /videos/generations  video  new
    commands/video/test_video: each_provider_has_its_own_request
xai  POST /videos/edits  video  new
    commands/video/test_video: a_video_is_changed_or_gone_on_with
xai  POST /videos/extensions  video  new
    commands/video/test_video: a_video_is_changed_or_gone_on_with
xai  GET /videos/{request_id}  jobs  new
    commands/jobs/test_jobs: a_job_is_listed_shown_and_waited_for
qwen  POST //api/v1/services/aigc/video-generation/video-synthesis  video  new
    commands/video/test_sdks: a_video_is_asked_for_as_qwen_does
qwen  GET //api/v1/tasks/{task_id}  jobs  new
    commands/jobs/test_jobs: a_job_is_listed_shown_and_waited_for
qwen  POST //api/v1/tasks/{task_id}/cancel  jobs  new
    commands/jobs/test_jobs: a_job_is_cancelled
openai  POST /audio/transcriptions  transcribe  works
    commands/transcribe/test_transcribe: each_provider_is_sent_its_own_form
openai  POST /audio/translations  transcribe  works
    commands/transcribe/test_sdk_forms: a_form_is_that_of_the_sdk
openai  POST /audio/speech  speak  works
    commands/speak/test_sdk_bodies: speech_is_asked_for_as_openai_does
groq  POST /audio/transcriptions  transcribe  works
    commands/transcribe/test_sdk_forms: a_form_is_that_of_the_sdk
groq  POST /audio/translations  transcribe  works
    commands/transcribe/test_sdk_forms: a_form_is_that_of_the_sdk
groq  POST /audio/speech  speak  new
    commands/speak/test_speak: each_provider_has_its_own_request
xai  POST /stt  transcribe  new
    commands/transcribe/test_transcribe: each_provider_is_sent_its_own_form
xai  POST /tts  speak  new
    commands/speak/test_speak: each_provider_has_its_own_request
qwen  POST //api/v1/services/audio/tts/SpeechSynthesizer  speak  new
    commands/speak/test_speak: other_models_of_qwen_are_asked_elsewhere
openai  POST /embeddings  embed  works
    commands/speak/test_sdk_bodies: embeddings_are_asked_for_as_openai_does
perplexity  POST /v1/embeddings  embed  new
    commands/embed/test_embed: each_provider_has_its_own_request
qwen  POST /embeddings  embed  new
    commands/embed/test_embed: the_vectors_that_came_are_given_though_a_later_call_fails
openai  POST /moderations  moderate  works
    commands/speak/test_sdk_bodies: moderation_is_asked_for_as_openai_does
openai  POST /fine_tuning/jobs  tune  works
    commands/tune/test_tune: a_job_is_made_as_openais_sdk_makes_it
openai  GET /fine_tuning/jobs  tune  works
    commands/tune/test_tune: jobs_are_listed
openai  GET /fine_tuning/jobs/{job_id}  tune  new
    commands/tune/test_tune: a_job_is_shown_with_the_curve_of_its_loss
openai  GET /fine_tuning/jobs/{job_id}/events  tune  new
    commands/tune/test_tune: events_are_printed_in_their_order
openai  GET /fine_tuning/jobs/{job_id}/checkpoints  tune  new
    commands/tune/test_tune: a_job_is_shown_with_the_curve_of_its_loss
openai  POST /fine_tuning/jobs/{job_id}/cancel  tune  new
    commands/tune/test_tune: a_job_is_ended
qwen  POST //api/v1/fine-tunes  tune  new
    commands/tune/test_tune: qwen_is_given_the_file_and_the_job_in_its_own_way
openai  GET /organization/costs  balance  new
    commands/balance/test_balance: what_was_spent_is_told_to_an_admin_key
anthropic  GET /organizations/analytics/cost_report  balance  new
    commands/balance/test_balance: what_was_spent_is_told_to_an_admin_key
xai  GET /api-key  balance  works
    commands/balance/test_balance: xai_tells_what_it_knows_of_the_key
moonshot  GET /users/me/balance  balance  new
    commands/balance/test_balance: what_is_left_stands_first
"""

#: Those that one test shows for several, by the test: the other pairs of the document.
SHARED = """
commands/ask/test_all_eight: in_a_pipe_the_answer_is_the_text_and_a_newline_from_everyone
    openai  POST /chat/completions  ask  works
    openai  POST /responses  ask  works
    gemini  POST /models/{model}:streamGenerateContent  ask  works
    xai  POST /chat/completions  ask  works
    xai  POST /messages  ask  works
    groq  POST /chat/completions  ask  works
    anthropic  POST /messages  ask  works
    perplexity  POST /chat/completions  ask  gone
    moonshot  POST /chat/completions  ask  works
    qwen  POST /chat/completions  ask  works
    qwen  POST //api/v1/services/aigc/text-generation/generation  ask  works
commands/api/test_api: an_answer_goes_through_a_pipe_byte_for_byte
    openai  POST /completions  api  works
    openai  POST /assistants  api  gone
    openai  GET /assistants/{assistant_id}  api  gone
    xai  POST /chat/completions/deferred  api  gone
    xai  GET /completions/deferred/{completion_id}  api  gone
    xai  POST /api-key  api  gone
    xai  DELETE /api-key/{key_id}  api  gone
    moonshot  POST /cache/contexts  api  gone
commands/test_sdk_requests: a_request_is_that_of_the_sdk
    openai  POST /files  files  works
    openai  GET /files  files  works
    openai  GET /files/{file_id}  files  works
    openai  DELETE /files/{file_id}  files  works
    groq  POST /files  files  works
    groq  GET /files  files  works
    groq  GET /files/{file_id}  files  works
    groq  DELETE /files/{file_id}  files  works
commands/files/test_files: a_form_has_the_file_last_and_is_sent_once
    moonshot  POST /files  files  works
commands/files/test_files: what_a_provider_read_in_a_file_is_printed
    moonshot  GET /files  files  works
    moonshot  DELETE /files/{file_id}  files  works
commands/models/test_models: all_eight_are_asked_at_once_page_by_page_each_with_its_own_key
    openai  GET /models  models  works
    gemini  GET /models  models  works
    xai  GET /models  models  works
    xai  GET /language-models  models  works
    groq  GET /models  models  works
    moonshot  GET /models  models  works
commands/models/test_models: one_model_is_asked_for_where_the_provider_has_an_endpoint_for_it
    openai  GET /models/{model}  models  works
    gemini  GET /models/{model}  models  works
    xai  GET /models/{model_id}  models  works
    xai  GET /language-models/{model_id}  models  works
    groq  GET /models/{model_id}  models  works
commands/batch/test_batch: questions_are_handed_over_once_and_answers_come_back_in_order
    openai  POST /batches  batch  works
    openai  GET /batches/{batch_id}  batch  works
    groq  POST /batches  batch  works
    groq  GET /batches/{batch_id}  batch  works
commands/batch/test_batch: a_batch_can_be_ended_and_what_it_had_is_collected
    groq  POST /batches/{batch_id}/cancel  batch  works
commands/embed/test_embed: each_provider_has_its_own_request
    gemini  POST /models/{model}:embedContent  embed  works
    gemini  POST /models/{model}:batchEmbedContent  embed  gone
wires/resources/test_count_tokens: gemini_counts_a_whole_request_that_names_its_model_again
    gemini  POST /models/{model}:countTokens  count  works
commands/live/test_live: each_line_is_a_turn_of_one_session
    openai  WS /realtime  live  works
    gemini  WS //ws/{live}  live  works
    xai  WS /realtime  live  new
"""
_LIVE = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"

STATES = ("works", "new", "gone")

#: The document's sections by provider.
SECTIONS = {
    "OpenAI": "openai",
    "Google Gemini": "gemini",
    "xAI (Grok)": "xai",
    "Groq": "groq",
    "Anthropic Claude": "anthropic",
    "Perplexity AI": "perplexity",
    "Moonshot AI": "moonshot",
    "Qwen (Alibaba)": "qwen",
}


class Row(NamedTuple):
    """One endpoint, and what it is reached by."""

    provider: str
    endpoint: str
    command: str
    state: str
    test: str


def rows() -> Iterator[Row]:
    """The table."""
    for entry in re.split(r"\n(?! )", TABLE.strip()):
        line, test = entry.split("\n    ")
        yield Row._make((*re.split(r"  +", line), test))
    for group in re.split(r"\n(?! )", SHARED.replace("{live}", _LIVE).strip()):
        test, *lines = group.split("\n    ")
        yield from (Row._make((*re.split(r"  +", line), test)) for line in lines)


ROWS = [*rows()]


@one_test_of(*((row,) for row in ROWS))
def test_an_endpoint_has_a_command_a_test_and_a_state(row: Row) -> None:
    assert row.command in dispatch.COMMANDS and row.state in STATES
    check_test(row.test, row.endpoint)


def test_no_endpoint_has_two_rows() -> None:
    assert len({row[:2] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("provider", sorted({row.provider for row in ROWS}))
def test_each_is_listed_by_the_raw_command_and_what_is_gone_as_replaced(provider: str) -> None:
    groups = endpoints.read(provider, built_in=True).subjects
    listed = {
        f"{each.method} {each.path}": name for name, found in groups.items() for each in found
    }
    for row in ROWS:
        if row.provider == provider:
            assert row.endpoint in listed, row
            assert (listed[row.endpoint] == "Replaced") == (row.state == "gone"), row


def test_every_pair_of_the_document_has_a_row() -> None:
    named, found = {row[:2] for row in ROWS}, set()
    for title, text in sections_in().items():
        for pair in re.findall(r"`((?:GET|POST|DELETE) /[^`\s]*)`", text):
            native = pair.replace(" /services/", " //api/v1/services/")  # beside the compatible one
            found.add((SECTIONS[title], native))
    assert len(found) > 60 and not found - named
