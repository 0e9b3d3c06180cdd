"""The handout as a page and as a PDF: handout.md stays the one source."""
