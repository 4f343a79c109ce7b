"""What every test may ask for."""

from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    """The program, with an empty home and no key."""
    return Program(tmp_path)
