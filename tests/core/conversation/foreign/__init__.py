"""Tests of conversations of other tools."""
