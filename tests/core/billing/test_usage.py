"""Usage added up: what is unknown for one is unknown for all, and 0 is known."""

from aichat.core.billing.usage import Usage, sum_usage


def test_a_count_that_one_lacks_is_unknown_for_all() -> None:
    assert sum_usage((Usage(1, 0, 3), Usage(4, 0, None, 5))) == Usage(5, 0, None, None)


def test_the_sum_of_one_is_itself() -> None:
    assert sum_usage([Usage(0, 2, None)]) == Usage(0, 2, None)
