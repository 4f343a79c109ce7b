"""What pages of the web are: where they may be, and what there is to read in them."""
