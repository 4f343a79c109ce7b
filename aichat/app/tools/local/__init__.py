"""Tools on this machine: the built-in ones, and the config's programs."""
