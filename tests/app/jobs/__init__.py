"""Tests of aichat/app/jobs."""
