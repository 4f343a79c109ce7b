"""Tables: splitting rows into cells, column widths, and rows of the screen."""
