"""Untrusted addresses: web pages and links, which may lead to public hosts only."""
