"""Pages on paper: read as blocks, set by Typst in a process of its own."""
