"""Everything that is no conversation: one file, one REST resource."""
