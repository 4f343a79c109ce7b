"""The shipped catalogue, and what providers' own lists add to it."""
