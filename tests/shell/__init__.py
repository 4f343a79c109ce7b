"""The thin shells against the real thing: a loopback server, a folder, a terminal."""
