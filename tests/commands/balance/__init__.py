"""Tests of ``aichat balance``."""
