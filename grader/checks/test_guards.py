"""The guards of parts 1 and 2, as entries of the rubric."""
from grader.checks import guards
from grader.checks.guards import guard

test_1_builds = guard("1.builds", guards.builds)
test_1_starts = guard("1.starts", guards.starts)
test_1_echo = guard("1.echo", guards.echo)
test_1_split = guard("1.split", guards.split)
test_1_bad_input = guard("1.bad-input", guards.bad_input)
test_1_burst = guard("1.burst", guards.burst)
test_1_rude = guard("1.rude", guards.rude)
test_1_keep_alive = guard("1.keep-alive", guards.keep_alive)

test_2_builds = guard("2.builds", guards.builds)
test_2_starts = guard("2.starts", guards.starts)
test_2_echo = guard("2.echo", guards.echo)
test_2_split = guard("2.split", guards.split)
test_2_bad_input = guard("2.bad-input", guards.bad_input)
test_2_burst = guard("2.burst", guards.burst)
test_2_rude = guard("2.rude", guards.rude)
test_2_descriptors = guard("2.descriptors", guards.descriptors)
test_2_keep_alive = guard("2.keep-alive", guards.keep_alive)
