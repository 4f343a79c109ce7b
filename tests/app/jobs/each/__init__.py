"""Tests of what ``ask --each`` is made of."""
