"""The guards of part 3, as entries of the rubric."""
from grader.checks import guards
from grader.checks.guards import guard

test_3_builds = guard("3.builds", guards.builds)
test_3_echo = guard("3.echo", guards.echo)
test_3_bad_input = guard("3.bad-input", guards.bad_input)
test_3_burst = guard("3.burst", guards.burst)
