"""Which models a word means, in which order, and what a price is held against."""

from typing import Any

import pytest

from aichat.core.billing.money import parse_money
from aichat.core.billing.price import Price, parse_price
from aichat.core.catalogue.card import Card
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import (
    ModelFilter,
    PriceContext,
    matches,
    rank_models,
    sort_by_context,
    sort_by_price,
    takes_images,
)

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
    "note": [],  # letters that no word begins with
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


def test_a_price_without_one_for_output_counts_as_nothing_there() -> None:
    only_input = Model("p", "only input", prices=(Price({"input": parse_price("1", "input")}),))
    models = (priced("both", "1", "0.000001"), only_input)
    assert [model.id for model in sort_by_price(models, DAY)] == ["only input", "both"]


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


NEAR = [
    ("m", ["m", "m-1", "model x", "x-m"]),  # itself, what begins with it, what has it
    ("p/m", ["m", "m-1"]),
    ("x model", ["model x"]),  # its words in another order
    (" M ", ["m", "m-1", "model x", "x-m"]),
    ("1.m", ["m-1"]),
    ("the name", ["x-m"]),
    ("px", ["x-m"]),  # its letters, scattered
    ("zx", []),
]


@pytest.mark.parametrize(("word", "ids"), NEAR)
def test_a_word_is_near_by_its_whole_its_beginning_its_parts(word: str, ids: list[str]) -> None:
    models = [
        Model("p", "x-m", name="The Name"),
        Model("p", "m-1"),
        Model("p", "m"),
        Model("q", "model x"),
    ]
    assert [model.id for model in rank_models(models, word)] == ids


def test_of_equals_the_current_the_recommended_and_the_short_come_first() -> None:
    models = [
        Model("p", "m-12", status="retired"),
        Model("p", "m-123"),
        Model("p", "m-34", status="preview"),
        Model("p", "m-45"),
        Model("p", "m-5678", roles=("best",)),
        Model("p", "m-6", status="odd"),
    ]
    order = [model.id for model in rank_models(models, "m-")]
    assert order == ["m-5678", "m-6", "m-45", "m-123", "m-34", "m-12"]


@pytest.mark.parametrize(
    ("inputs", "sees"),
    [
        *(((kind,), True) for kind in ("image", "video", "pdf")),
        *((("text", "audio"), False), ((), False)),
    ],
)
def test_a_model_takes_pictures_that_looks_at_anything(inputs: tuple[str, ...], sees: bool) -> None:
    assert takes_images(Model("p", "m", inputs=inputs)) is sees


@pytest.mark.parametrize("wish", ["vision", "tools", "reasoning", "search", "price", "context"])
def test_each_wish_counts_by_itself(wish: str) -> None:
    value: Any = {"price": parse_price("10", "output"), "context": 200_000}.get(wish, True)
    lacking = {
        "vision": ABLE._replace(inputs=("text",)),
        "tools": ABLE._replace(tools=False),
        "reasoning": ABLE._replace(card=Card(control="none")),
        "search": ABLE._replace(search=None),
        "price": ABLE._replace(prices=()),
        "context": ABLE._replace(context=None),
    }[wish]
    wanted = ModelFilter()._replace(**{wish: value})
    assert matches(ABLE, wanted, DAY)
    assert not matches(lacking, wanted, DAY)
    assert matches(lacking, ModelFilter(), DAY)


@pytest.mark.parametrize("retired", [True, False])
def test_a_retired_model_is_shown_where_it_is_wanted(retired: bool) -> None:
    assert matches(Model("p", "m", status="retired"), ModelFilter(retired=retired), DAY) is retired
    assert not matches(Model("p", "m", status="not an id"), ModelFilter(retired=True), DAY)


@pytest.mark.parametrize(
    ("rates", "fits"),
    [({"input": 5, "output": 5}, True), ({"input": 6, "output": 5}, False), ({"input": 5}, False)],
)
def test_a_price_holds_for_both_ways(rates: dict[str, int], fits: bool) -> None:
    model = Model("p", "m", prices=(Price(rates),))
    assert matches(model, ModelFilter(price=5), DAY) is fits
