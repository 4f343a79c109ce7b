"""``python -m tests.catalogue``: write the catalogue's data anew."""

from tests.catalogue.build import DATA, built

for name, text in built().items():
    (DATA / name).write_text(text, "utf-8")
    print(f"{name}: {len(text)} characters")
