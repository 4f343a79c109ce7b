"""What the end of a socket means, by its number and by what is said of it."""

import pytest

from aichat.wires.realtime.closing import close_fault, is_stale

#: Number, reason, and the exit code.
CLOSES = [
    *((1000, "", 9), (1001, "Your session hit the maximum duration of 60 minutes.", 9)),
    *(
        (1002, "", 7),
        (1003, "", 7),
        (1005, "", 9),
        (1006, "", 8),
        (1007, "Request contains an invalid", 5),
    ),
    *((1007, "Model not found", 5), (1008, "", 5), (1008, "API key not valid.", 4)),
    *((1008, "models/x is not found for API version v1", 5), (1009, "", 7)),
    *((1011, "Deadline expired", 7), (1011, "You exceeded your current quota", 6)),
    *((1011, "To many requests", 6), (1011, "", 7), (1012, "", 7), (1013, "", 7), (1014, "", 7)),
    *((3000, "", 4), (3003, "", 4), (3008, "", 8), (4000, "beta_api_shape_disabled", 1)),
    *((4000, "", 7), (4000, "why", 7), (4999, "", 7)),  # of a server's own making
    *((4001, "rate limit", 6), (4999, "", 7)),
]


@pytest.mark.parametrize(("code", "reason", "exit_code"), CLOSES)
def test_a_close_has_its_exit_code_and_is_told_with_its_number(
    code: int, reason: str, exit_code: int
) -> None:
    fault = close_fault(code, reason)
    assert (fault.exit_code, fault.quote) == (exit_code, "" if code == 1006 else reason)
    assert f"({code})" in fault.message or code == 1006
    assert not fault.retryable  # it may be billed


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1005, ""), (1007, ""), (1011, "gone")])
def test_a_handle_may_be_too_old_however_its_session_is_closed(code: int, reason: str) -> None:
    assert is_stale(close_fault(code, reason))


def test_a_key_that_is_not_taken_is_no_matter_of_the_handle() -> None:
    assert not is_stale(close_fault(1008, "API key not valid."))
