"""Tests of ``aichat run``."""
