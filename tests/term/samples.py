"""Code in some languages, with what spans lines in each: comments, strings, heads and bodies."""

from tests.support.running.program import ROOT

#: How many lines must look as they do in the whole.
LEAST = dict.fromkeys(("python", "js", "json", "css", "go", "sql", "diff"), 0.99) | dict.fromkeys(
    ("c", "cpp", "yaml"), 0.95
)

JS = r"""/* A cart: what is in it
 * and what it costs.
 */
import { tax, rounded } from "./money.js";

const RATE = 0.19; // for most goods
export class Cart extends Map {
  #total = 0;
  constructor(owner, items = []) {
    super();
    this.owner = owner;
    for (const { name, price } of items) this.add(name, price);
  }
  add(name, price) {
    if (!/^[a-z]+\/?$/i.test(name)) throw new TypeError(`bad name: ${name}`);
    this.#total += price * (1 + RATE);
    return this;
  }
  get summary() {
    return `Dear ${this.owner},
your total is ${rounded(this.#total)} (${this.size} things).
`;
  }
}
async function load(url) {
  const answer = await fetch(url, { method: "GET" });
  return answer.ok ? new Cart("me", await answer.json()) : null; /* nothing
  came */
}
load("/cart").then((cart) => console.log(cart?.summary ?? "empty"));
"""
JSON = """{
  "name": "cart",
  "version": 3,
  "ratio": -1.5e3,
  "open": true,
  "owner": null,
  "tags": ["a", "b \\"quoted\\"", "\\u00e9"],
  "items": [
    {"id": 1, "price": 2.5},
    {"id": 2, "price": 0}
  ],
  "nested": {
    "deep": {
      "deeper": []
    }
  },
  "key with space": "value: with colon",
  "url": "https://example.com/a?b=c"
}
"""
CSS = """/* The page
   and its parts */
@import url("base.css");
:root {
  --accent: #0af;
  font: 16px/1.5 "Inter", sans-serif;
}
@media (min-width: 40em) and (orientation: landscape) {
  main > article:not(.wide)::before {
    content: "\\201C";
    margin: 0 auto calc(1rem + 2vw);
    color: var(--accent); /* the same
    everywhere */
  }
}
a:hover,
a[href^="http"]:focus {
  text-decoration: underline !important;
  transition: color 0.2s ease-in-out;
}
@keyframes blink {
  from { opacity: 1; }
  to { opacity: 0; }
}
"""
GO = """// Package cart keeps things.
package cart

import (
	"fmt"
	"strings"
)

/* Item is one
thing. */
type Item struct {
	Name  string `json:"name"`
	Price float64
}

const help = `usage:
  cart add "name" 12
  cart list
`

func (c *Cart) Add(name string, price float64) error {
	if price < 0 || name == "" {
		return fmt.Errorf("bad item %q: %v", name, price)
	}
	c.items = append(c.items, Item{Name: strings.ToLower(name), Price: price})
	go func() { c.changed <- struct{}{} }()
	for i, item := range c.items {
		fmt.Println(i, item.Name, 'x', 0x1F)
	}
	return nil
}
"""
SQL = """-- what was sold
/* in the last
   month */
CREATE TABLE IF NOT EXISTS sales (
  id INTEGER PRIMARY KEY,
  name VARCHAR(40) NOT NULL DEFAULT 'none',
  price NUMERIC(10, 2) CHECK (price >= 0)
);
INSERT INTO sales (name, price) VALUES ('it''s', 1.5), ('two', 2);
WITH monthly AS (
  SELECT name, SUM(price) AS total
  FROM sales s
  LEFT JOIN months m ON m.id = s.id
  WHERE name LIKE 'a%' AND price IS NOT NULL
  GROUP BY name
  HAVING COUNT(*) > 3
)
SELECT *, CASE WHEN total > 100 THEN 'many' ELSE 'few' END AS kind
FROM monthly
ORDER BY total DESC
LIMIT 10;
"""
DIFF = """diff --git a/cart.py b/cart.py
index 83db48f..bf2a1c9 100644
--- a/cart.py
+++ b/cart.py
@@ -1,7 +1,8 @@ def total():
 def total(items):
-    return sum(items)
+    \"\"\"What it costs.\"\"\"
+    return sum(item.price for item in items)

 def other():
     pass
@@ -20,3 +21,4 @@
 a
-b
+c
+d
\\ No newline at end of file
diff --git a/new b/new
new file mode 100644
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+text
"""
C = """/* Counting
 * words.
 */
#include <stdio.h>
#include "count.h"
#define LIMIT 80

typedef struct {
    char *name;
    size_t length; /* in bytes,
                      not letters */
} word_t;

static int compare(const void *a, const void *b)
{
    return ((const word_t *)a)->length - ((const word_t *)b)->length;
}

int main(int argc, char **argv) {
    uint32_t n = 0x1F, total = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && !strcmp(argv[i], "--help"))
            return usage("count [file]\\n");
        total += count(argv[i]); // one file
    }
    switch (total) {
    case 0:
        puts("none");
        break;
    default:
        printf("%u words, %u\\n", total, n);
    }
    return 0;
}
"""
CPP = """// A cart of things.
#include <map>
#include <string>

namespace shop {

template <typename T>
class Cart : public Base<T> {
 public:
  explicit Cart(std::string owner) : owner_(std::move(owner)) {}
  virtual ~Cart() = default;

  /* Adds a thing,
     once. */
  void add(const T &thing, double price = 0.0) {
    if (auto found = things_.find(thing); found == things_.end()) {
      things_.emplace(thing, price);
    }
  }

  [[nodiscard]] double total() const noexcept {
    double sum = 0;
    for (const auto &[thing, price] : things_) sum += price;
    return sum;
  }

 private:
  std::string owner_;
  std::map<T, double> things_;
};

}  // namespace shop

int main() {
  shop::Cart<int> cart{"me"};
  cart.add(1, 2.5);
  std::cout << "total: " << cart.total() << '\\n';
  return nullptr == &cart;
}
"""
YAML = """# how it is built
name: build
on:
  push:
    branches: [main, "release/*"]
  schedule:
    - cron: '0 4 * * 1'
env: &defaults
  PYTHON: 3.11
  DEBUG: true
  EMPTY: ~
jobs:
  test:
    runs-on: ubuntu-latest
    env:
      <<: *defaults
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: |
          pip install -e .
          echo "done: yes"
      - name: Test
        if: ${{ always() }}
        run: pytest -q
  docs:
    text: >-
      folded
      text
    list:
      - {a: 1, b: [2, 3]}
      - !!str 12
"""
_SAMPLES = {
    "js": JS,
    "json": JSON,
    "css": CSS,
    "go": GO,
    "sql": SQL,
    "diff": DIFF,
    "c": C,
    "cpp": CPP,
    "yaml": YAML,
}


def of(language: str) -> str:
    """A text in a language; for Python, some of our own files."""
    if language == "python":
        files = sorted((ROOT / "aichat" / "core").rglob("*.py"))[:12]
        return "\n".join(file.read_text() for file in files)
    return _SAMPLES[language]
