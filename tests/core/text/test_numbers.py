"""Numbers in a narrow column: where each way of writing begins."""

import pytest

from aichat.core.text.numbers import align_decimals, count_of, format_count, format_tokens

TOKENS = {
    None: "-",
    0: "0",
    999: "999",
    1000: "1K",
    131_072: "131K",
    999_999: "999K",
    1_000_000: "1M",
    1_050_000: "1.05M",
    1_100_000: "1.1M",
    10_000_000: "10M",
}
COUNTS = {
    None: "-",
    0: "0",
    999: "999",
    1000: "1.00k",
    9_994: "9.99k",
    9_995: "10.0k",
    12_340: "12.3k",
    99_949: "99.9k",
    99_950: "100k",
    999_499: "999k",
    999_500: "1.00M",
    4_570_000: "4.57M",
    999_499_999: "999M",
    999_500_000: "1.00G",
    10**12: "1000G",
}


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 profiles"), (1, "1 profile"), (2, "2 profiles")]
)
def test_one_of_a_thing_is_not_said_as_many(count: int, shown: str) -> None:
    assert count_of(count, "profile") == shown


@pytest.mark.parametrize(("count", "shown"), TOKENS.items())
def test_tokens_are_shown_by_thousands_and_millions(count: int | None, shown: str) -> None:
    assert format_tokens(count) == shown


@pytest.mark.parametrize(("count", "shown"), COUNTS.items())
def test_a_count_has_three_digits_or_so(count: int | None, shown: str) -> None:
    assert format_count(count) == shown


@pytest.mark.parametrize(
    ("cells", "aligned"),
    [
        ([], []),
        (["1", "-"], ["1", "-"]),
        (["0.05", "12.5", "7"], [" 0.05", "12.5 ", "    7"]),
        (["100", "1.5"], ["100", "1.5"]),
        (["1.2.3", "-"], ["1.2.3", "    -"]),
    ],
)
def test_decimal_points_stand_under_each_other(cells: list[str], aligned: list[str]) -> None:
    assert align_decimals(iter(cells)) == aligned
