"""Tools of this machine: those that are built in, and the config's programs."""
