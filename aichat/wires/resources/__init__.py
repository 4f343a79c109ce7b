"""Everything but conversations: one module per REST resource."""
