"""One HTTP call, with its faults and retries."""
