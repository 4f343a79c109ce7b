"""Tables: the cells of a row, the widths of columns, and rows of the screen."""
