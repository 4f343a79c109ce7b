"""The catalogue that is shipped, and what was learnt beside it."""
