"""Tests of prompts in the formats of other tools."""
