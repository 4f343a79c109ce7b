"""Sound as files and as samples: read, made, cut and had at another rate."""
