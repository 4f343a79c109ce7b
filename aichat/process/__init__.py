"""Streams, clock, signals, threads, and the programs that are started."""
