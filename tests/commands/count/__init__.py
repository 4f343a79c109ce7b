"""Tests of ``aichat count``."""
