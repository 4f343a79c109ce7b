"""Alibaba's DashScope wire."""
