"""What tests say of answers, and how they wait for what takes a moment."""
import time


def ok(answer, status=200):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json() if answer.body else None


def refused(answer, status, code, field=None):
    problem = answer.json()
    assert (answer.status, problem["code"]) == (status, code) and (field is None or problem["field"] == field), (answer.status, problem)


def wait_for(what, wait_s=30):
    """Asks until the answer is true, and gives it back."""
    give_up = time.monotonic() + wait_s
    while not (found := what()):
        assert time.monotonic() < give_up, f"not within {wait_s} s"
        time.sleep(0.03)
    return found
