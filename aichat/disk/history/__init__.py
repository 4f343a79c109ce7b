"""Conversations on disk: the store, the journal of what is being answered, what is left over."""
