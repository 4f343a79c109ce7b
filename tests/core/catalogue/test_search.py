"""Which models a word means, in which order, and what a price is held against."""

import pytest

from aichat.core.billing.money import pad_decimals, parse_money
from aichat.core.billing.price import Price, parse_price
from aichat.core.catalogue.card import Card
from aichat.core.catalogue.merge import merge_model
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.model_list import ListedModel
from aichat.core.catalogue.search import (
    ModelFilter,
    PriceContext,
    matches,
    rank_models,
    sort_by_context,
    sort_by_price,
)
from aichat.core.http.rate_limits import rate_limits
from aichat.core.text.numbers import align_decimals, format_tokens

DAY = PriceContext("2026-11-22", lambda provider: "cn" if provider == "q" else "")


def priced(name: str, given: str, got: str, **more: str) -> Model:
    rates = {"input": parse_price(given, "input"), "output": parse_price(got, "output")}
    return Model(more.pop("provider", "p"), name, prices=(Price(rates, **more),))  # type: ignore[arg-type]


MODELS = (
    Model("a", "sonnet-5", status="deprecated"),
    Model("a", "sonnet-5-5", name="Claude Sonnet 5.5", roles=("default",)),
    Model("a", "haiku-5-5", roles=("cheap",), aliases=("haiku-latest",)),
    Model("b", "openai/gpt-oss-120b"),
    Model("c", "gpt-oss"),
    Model("c", "old-sonnet", status="retired"),
)

#: Words, and the models that they mean, the best first.
WORDS = {
    "sonnet-5-5": ["sonnet-5-5"],
    "a/sonnet-5": ["sonnet-5", "sonnet-5-5"],
    "sonnet": ["sonnet-5-5", "sonnet-5", "old-sonnet"],
    "claude sonnet": ["sonnet-5-5"],
    "a/cheap": ["haiku-5-5"],
    "haiku-latest": ["haiku-5-5"],
    "gpt-oss": ["gpt-oss", "openai/gpt-oss-120b"],
    "120b oss": ["openai/gpt-oss-120b"],
    "HAIKU": ["haiku-5-5"],
    "hku55": ["haiku-5-5"],
    "zzz": [],
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_means_the_nearest_first_and_scattered_letters_only_where_nothing_is_nearer(
    word: str,
) -> None:
    assert [model.id for model in rank_models(MODELS, word)] == WORDS[word]


def test_the_cheapest_is_first_each_currency_by_itself_and_the_unknown_last() -> None:
    models = (
        Model("p", "unknown"),
        priced("yuan", "0.1", "0.2", currency="CNY", region="cn", provider="q"),
        priced("dear", "5", "9"),
        priced("cheap", "0.5", "9"),
        priced("cheaper out", "0.5", "8"),
        priced("free", "0", "0", tier="free"),
        priced("later", "0.1", "0.1", since="2027-01-01"),
    )
    order = [model.id for model in sort_by_price(models, DAY)]
    assert order == ["free", "cheaper out", "cheap", "dear", "yuan", "unknown", "later"]


def test_the_largest_context_is_first_and_an_unknown_one_last() -> None:
    models = (Model("p", "?"), Model("p", "small", context=8), Model("p", "big", context=9))
    assert [model.id for model in sort_by_context(models)] == ["big", "small", "?"]


ABLE = Model(
    "p",
    "m",
    context=200_000,
    inputs=("text", "image"),
    outputs=("text",),
    tools=True,
    search=True,
    card=Card(control="effort"),
    prices=priced("x", "2", "10").prices,
)
#: What is wanted, and whether the model above is that, and one of which nothing is known.
WANTED = [
    (ModelFilter(), True, True),
    (ModelFilter(vision=True, tools=True, reasoning=True, search=True), True, False),
    (ModelFilter(context=200_000), True, False),
    (ModelFilter(context=200_001), False, False),
    (ModelFilter(price=parse_price("10", "output")), True, False),
    (ModelFilter(price=parse_price("9.99", "output")), False, False),
    (ModelFilter(price=parse_price("99", "output"), currency="CNY"), False, False),
]


@pytest.mark.parametrize(("wanted", "able", "unknown"), WANTED)
def test_what_is_wanted_must_be_known_of_a_model(
    wanted: ModelFilter, able: bool, unknown: bool
) -> None:
    assert matches(ABLE, wanted, DAY) is able
    assert matches(Model("p", "m"), wanted, DAY) is unknown


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (Model("p", "m", status="retired"), False),
        (Model("p", "m", status="not an id"), False),
        (Model("p", "ear", inputs=("audio",), outputs=("text",)), False),
        (Model("p", "brush", outputs=("image",)), False),
        (Model("p", "both", outputs=("text", "image")), True),
    ],
)
def test_only_what_answers_and_lives_is_listed(model: Model, shown: bool) -> None:
    assert matches(model, ModelFilter(), DAY) is shown


def test_a_price_is_a_number_and_may_name_its_currency() -> None:
    assert parse_money("2.5") == (parse_price("2.5", "input"), "USD")
    assert parse_money("10CNY") == parse_money("10 cny") == (parse_price("10", "input"), "CNY")
    assert parse_money("0") == (0, "USD")
    for wrong in ("", "x", "-1", "1e3", "1.2.3", "٣", "5EURO", "1" * 20):
        with pytest.raises(ValueError, match=r"^$|."):
            parse_money(wrong)


def test_figures_are_short_and_stand_under_each_other() -> None:
    counts = (None, 448, 8192, 131_072, 1_000_000, 1_048_576, 2_000_000)
    assert [*map(format_tokens, counts)] == ["-", "448", "8K", "131K", "1M", "1.05M", "2M"]
    assert [*map(pad_decimals, ("2", "0.5", "0.0375"))] == ["2.00", "0.50", "0.0375"]
    assert align_decimals(["2.00", "0.0375", "-", "120.5"]) == [
        "  2.00  ",
        "  0.0375",
        "       -",
        "120.5   ",
    ]
    assert align_decimals(["-"]) == ["-"]


# -- what a list adds


KNOWN = Model(
    "x",
    "m",
    name="M",
    context=100,
    tools=True,
    card=Card(id="m", control="budget"),
    prices=priced("m", "2", "6").prices,
    sources=(("docs", "2026-01-01"),),
)


def test_what_a_list_leaves_open_stays_as_it_was() -> None:
    assert merge_model(KNOWN, ListedModel("m"), "list", "2026-11-22") == KNOWN._replace(
        sources=(("docs", "2026-01-01"), ("list", "2026-11-22"))
    )


def test_what_a_list_says_is_newer() -> None:
    told = ListedModel(
        "m",
        context=200,
        inputs=("text", "image"),
        features=("search",),
        efforts=("high", "low", "odd"),
        status="deprecated",
        retires="2027-01-01",
        aliases=("n",),
    )
    new = merge_model(KNOWN, told, "list", "2026-11-22")
    assert (new.context, new.inputs, new.status) == (200, ("text", "image"), "deprecated")
    assert (new.tools, new.search, new.retires, new.aliases) == (True, True, "2027-01-01", ("n",))
    assert new.card.control == "budget"  # the catalogue knows how it is steered
    assert merge_model(Model("x", "m"), told, "list", "d").card == Card(
        id="m", control="effort", efforts=("low", "high")
    )


def test_a_listed_price_holds_from_the_day_it_was_read_beside_those_it_does_not_name() -> None:
    new = merge_model(
        KNOWN, ListedModel("m", rates={"input": parse_price("3", "input")}), "list", "2026-11-22"
    )
    price = DAY.price(new)
    assert price and price.rates == {
        "input": parse_price("3", "input"),
        "output": parse_price("6", "output"),
    }
    assert price.source == "list"
    same = merge_model(
        KNOWN, ListedModel("m", rates={"input": parse_price("2", "input")}), "list", "2026-11-22"
    )
    assert same.prices == KNOWN.prices


def test_a_model_that_is_listed_is_served_whatever_the_catalogue_thought() -> None:
    gone = KNOWN._replace(status="retired")
    assert merge_model(gone, ListedModel("m"), "list", "d").status == "deprecated"
    assert merge_model(gone, ListedModel("m", status="current"), "list", "d").status == "current"


# -- limits


def test_only_headers_that_tell_of_limits_are_kept() -> None:
    told = {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-remaining": "3",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-22T17:20:00Z",
        "anthropic-priority-input-tokens-limit": "10000",
        "retry-after": "3",
        "msh-cooldown-seconds": "1",
    }
    more = {"x-request-id": "r", "set-cookie": "s", "x-ratelimit-long": "9" * 65}
    assert rate_limits({**told, **more}) == told
