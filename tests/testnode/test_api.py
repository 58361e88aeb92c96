"""What is read of an API server that is too busy to answer."""

from __future__ import annotations

from testnode.api import Api, ApiError


class Busy(Api):
    """A client to whom nothing is answered in time."""

    def __init__(self) -> None:
        """Need no certificates."""

    def get(self, path: str) -> str:
        message = f"GET {path}: timed out"
        raise ApiError(message)


def test_a_server_that_does_not_answer_yet_is_asked_again_and_ends_no_start() -> None:
    assert (Busy().answers("/readyz"), Busy().available("kube-system", "coredns")) == (False, False)
