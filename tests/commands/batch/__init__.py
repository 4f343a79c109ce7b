"""Tests of ``aichat batch``."""
