"""AWS's signature and its framing of streams, against published examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from testnode.internet.exchange import Request
from testnode.internet.providers.event_stream import frame
from testnode.internet.providers.signature import Signer, canonical
from testnode.internet.providers.wire import Refusal

# The worked example of AWS's documentation, "Task 1" to "Task 4": its keys are published and open nothing.
# https://docs.aws.amazon.com/general/latest/gr/sigv4-create-canonical-request.html
SIGNER: Final = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "iam")
WHEN: Final = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
NAMES: Final = ["content-type", "host", "x-amz-date"]
SCOPE: Final = "20150830/us-east-1/iam/aws4_request"
SIGNATURE: Final = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
AUTHORIZATION: Final = (
    f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{SCOPE}, SignedHeaders={';'.join(NAMES)}, Signature={SIGNATURE}"
)
SIGNED: Final = Request(
    "GET",
    "iam.amazonaws.com",
    "/?Action=ListUsers&Version=2010-05-08",
    {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
        "authorization": AUTHORIZATION,
    },
)


def refusal(request: Request, now: datetime = WHEN) -> str:
    with pytest.raises(Refusal) as caught:
        SIGNER.check(request, now)
    assert caught.value.status == 403
    return caught.value.code


def with_headers(**headers: str) -> Request:
    return replace(SIGNED, headers={**SIGNED.headers, **{name.replace("_", "-"): v for name, v in headers.items()}})


def test_the_signature_of_the_documents_is_found_again() -> None:
    assert SIGNER.signature(SIGNED, NAMES, SCOPE) == SIGNATURE


def test_a_signed_request_passes_for_five_minutes() -> None:
    SIGNER.check(SIGNED, WHEN + timedelta(minutes=4))
    assert refusal(SIGNED, WHEN + timedelta(minutes=6)) == "InvalidSignatureException"
    assert refusal(SIGNED, WHEN - timedelta(minutes=6)) == "InvalidSignatureException"


@pytest.mark.parametrize(
    "other",
    [
        replace(SIGNED, body=b"x"),
        replace(SIGNED, method="POST"),
        replace(SIGNED, path="/?Action=DeleteUsers&Version=2010-05-08"),
        replace(SIGNED, path="/other?Action=ListUsers&Version=2010-05-08"),
        with_headers(host="example.org"),
        with_headers(x_amz_date="20150830T123601Z"),
        with_headers(x_amz_security_token="unsigned"),
        with_headers(authorization=AUTHORIZATION.replace("us-east-1", "eu-west-1")),
        with_headers(authorization=AUTHORIZATION.replace("host;", "")),
        with_headers(authorization=AUTHORIZATION.replace("5d67", "0000")),
    ],
    ids=["body", "method", "query", "path", "host", "time", "header", "region", "without host", "signature"],
)
def test_a_signature_is_of_one_request_alone(other: Request) -> None:
    assert refusal(other) == "InvalidSignatureException"


def test_what_else_is_wrong_has_a_name_of_its_own() -> None:
    assert refusal(replace(SIGNED, headers={})) == "MissingAuthenticationTokenException"
    assert refusal(with_headers(authorization="Bearer key")) == "IncompleteSignatureException"
    assert refusal(with_headers(x_amz_date="today")) == "IncompleteSignatureException"
    unknown = AUTHORIZATION.replace("AKIDEXAMPLE", "AKIDANOTHER")
    assert refusal(with_headers(authorization=unknown)) == "UnrecognizedClientException"


def test_a_path_is_encoded_once_more_than_on_the_wire() -> None:
    request = Request("POST", "host.example", "/model/a%3A0/converse", {"host": "host.example"})
    assert canonical(request, ["host"]).splitlines()[:2] == ["POST", "/model/a%253A0/converse"]


def test_a_message_without_content_is_the_published_one() -> None:
    # https://github.com/awslabs/aws-c-event-stream: tests/event_stream_message_test.c, the message without headers.
    assert frame({}, b"").hex() == "000000100000000005c248eb7d98c8ff"
