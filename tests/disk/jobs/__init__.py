"""Tests of aichat/disk/jobs."""
