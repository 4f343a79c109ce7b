"""The command line: dispatch, and the Typer tree for help."""
