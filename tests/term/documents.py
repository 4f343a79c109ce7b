"""Documents of any size for benchmarks and slow proofs: a mixed one, and single giant blocks."""

from collections.abc import Callable

_UNIT = """## Part {n}: what happens next

Here is a paragraph with **bold text**, some `inline code`, and a [link](https://example.com/a/{n})
that goes on for a while, so that it wraps at least three times in a terminal of eighty columns,
which is what most of them are. It has *emphasis* too.

- the first item with some words in it
- a second item, **bold**, that is long enough to be wrapped into two rows of the terminal, {n}
  - a nested item with `code`

```python
def part_{n}(x: int) -> str:
    \"\"\"What it does.\"\"\"
    return str(x) + "abc"  # a comment
for i in range({n}):
    print(part_{n}(i), i * 2, {{"a": [1, 2, 3]}})
```

1. one thing to do
2. another thing to do

   ```bash
   make all && ./run --number {n}
   ```

| Name | Value | Text           |
|------|------:|----------------|
| abc  | {n}   | some text here |
| def  | 3456  | more of *it*   |

> A quote that says something of importance, and says it at some length, number {n}.

"""


def _filled(unit: Callable[[int], str], size: int, before: str = "") -> str:
    pieces, length, number = [before], len(before), 0
    while length < size:
        number += 1
        pieces.append(unit(number))
        length += len(pieces[-1])
    return "".join(pieces)[:size]


def mixed(size: int) -> str:
    """A document of everything."""
    return _filled(lambda n: _UNIT.format(n=n), size)


#: Giant single blocks by name.
GIANTS: dict[str, Callable[[int], str]] = {
    "fence": lambda size: _filled(
        lambda n: f"    value_{n} = compute({n}, 'text')  # note {n}\n", size, "```python\n"
    ),
    "list": lambda size: _filled(lambda n: f"- item {n} with **bold** and some words\n", size),
    "table": lambda size: _filled(
        lambda n: f"| row {n} | {n * 7} | some *text* here |\n",
        size,
        "| A | B | C |\n|---|--:|---|\n",
    ),
    "quote": lambda size: _filled(lambda n: f"> line {n} of a quote that is long\n>\n", size),
    "paragraph": lambda size: _filled(lambda n: f"word{n} and **bold {n}** then `code` ", size),
    "fence in item": lambda size: _filled(
        lambda n: f"  let value{n} = compute({n}); // note\n", size, "- item\n\n  ```js\n"
    ),
    "[": lambda size: "[" * size,
    "*": lambda size: "*" * size,
    "`": lambda size: "`" * size,
}
