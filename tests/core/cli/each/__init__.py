"""Tests of aichat/core/cli/each."""
