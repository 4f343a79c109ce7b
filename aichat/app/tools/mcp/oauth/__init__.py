"""Logins at servers over HTTP: found out about, given, kept and renewed."""
