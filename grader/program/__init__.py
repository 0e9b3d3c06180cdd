"""Grading an executable that somebody else wrote, from outside."""
from pathlib import Path

RUBRIC = Path(__file__).parent / "rubric.toml"
CHECKS = Path(__file__).parent / "checks"
