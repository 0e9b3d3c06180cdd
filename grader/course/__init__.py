"""What an instructor decides in course.toml, and what follows from it: the
rubric, the handout, the archive for students, and what their reports tell."""
