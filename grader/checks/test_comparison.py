"""The comparison: eight questions, and four explanations that a person reads."""
from grader.checks import as_measured, explanations, foretold, questions
from grader.checks.common import check
from grader.core.subject import Case


@check("q1.accepted")
def test_the_accepted_among_silent_clients_are_counted(case: Case) -> str:
    return questions.accepted(case)


@check("q2.rate")
def test_the_ceiling_of_a_pool_is_known(case: Case) -> str:
    return questions.rate(case)


@check("q2.predicted")
def test_q1_and_q2_were_predicted(case: Case) -> str:
    return foretold.both(case)


@check("q3.cpu")
def test_the_cpu_of_a_connection_is_as_measured(case: Case) -> str:
    return as_measured.cpu(case)


@check("q4.memory")
def test_the_memory_of_a_client_is_as_measured(case: Case) -> str:
    return as_measured.memory(case)


@check("q4.predicted")
def test_q3_and_q4_were_predicted(case: Case) -> str:
    return foretold.both(case)


@check("q5.rate")
def test_serial_against_fork_is_as_measured(case: Case) -> str:
    return as_measured.rate(case)


@check("q6.replies")
def test_the_survivors_of_a_crash_are_counted(case: Case) -> str:
    return questions.survivors(case)


@check("q6.predicted")
def test_q5_and_q6_were_predicted(case: Case) -> str:
    return foretold.both(case)


@check("q7.lock")
def test_the_price_of_a_lock_held_too_long_is_known(case: Case) -> str:
    return questions.lock(case)


@check("q8.latency")
def test_a_longer_queue_is_seen_to_change_nothing(case: Case) -> str:
    return questions.latency(case)


@check("q8.predicted")
def test_q7_and_q8_were_predicted(case: Case) -> str:
    return foretold.both(case)


@check("e1.mechanism")
def test_why_the_pool_stops_growing_is_read_by_a_person(case: Case) -> None:
    explanations.mechanism(case)


@check("e1.number")
def test_a_number_shows_why_the_pool_stops_growing(case: Case) -> None:
    explanations.number(case)


@check("e2.mechanism")
def test_what_a_process_needs_is_read_by_a_person(case: Case) -> None:
    explanations.mechanism(case)


@check("e2.number")
def test_a_number_shows_what_a_process_needs(case: Case) -> None:
    explanations.number(case)


@check("e3.mechanism")
def test_the_price_of_isolation_is_read_by_a_person(case: Case) -> None:
    explanations.mechanism(case)


@check("e3.number")
def test_a_number_shows_the_price_of_isolation(case: Case) -> None:
    explanations.number(case)


@check("e4.mechanism")
def test_the_memo_is_read_by_a_person(case: Case) -> None:
    explanations.mechanism(case)


@check("e4.number")
def test_numbers_carry_the_memo(case: Case) -> None:
    explanations.number(case)
