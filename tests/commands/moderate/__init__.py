"""Tests of ``aichat moderate``."""
