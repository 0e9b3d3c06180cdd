"""What lies in data/ is for the tests to use, and not to be run as one."""
collect_ignore = ["data"]
