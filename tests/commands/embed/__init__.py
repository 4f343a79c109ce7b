"""Tests of ``aichat embed``."""
