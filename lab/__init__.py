"""What is given. Some commands are packages in here: python3 -m lab.hints."""
