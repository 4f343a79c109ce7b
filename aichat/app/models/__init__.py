"""The models there are, from every source."""
