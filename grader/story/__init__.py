"""A failing order, told in the student's own words: from the explorer's
events to lines, and from these to a terminal, JSON and a picture."""
