"""Tests of ``aichat live``."""
