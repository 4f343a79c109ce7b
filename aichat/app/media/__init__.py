"""Media on their way: kept, replayed, uploaded, played."""
