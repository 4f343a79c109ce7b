"""Files that a provider keeps: put there, named by a request, listed, fetched, removed."""
