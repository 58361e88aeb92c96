"""AWS's signature, version 4: made anew from the request and the secret, and compared.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlsplit

from testnode.internet.exchange import Request
from testnode.internet.providers.wire import Refusal

ALGORITHM = "AWS4-HMAC-SHA256"
TIME = "%Y%m%dT%H%M%SZ"
TOLERANCE = timedelta(minutes=5)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
MISSING = "MissingAuthenticationTokenException"
INCOMPLETE = "IncompleteSignatureException"
UNKNOWN_KEY = "UnrecognizedClientException"
WRONG = "InvalidSignatureException"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^/]+)/(?P<scope>[^,]+), ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Signer:
    """Who may sign, and for what.

    Attributes:
        key: access key id.
        secret: its secret.
        region: e.g. `us-east-1`.
        service: e.g. `bedrock`.

    """

    key: str
    secret: str
    region: str
    service: str

    def check(self, request: Request, now: datetime) -> None:
        """Insist on a valid signature of this request.

        Raises:
            Refusal: there is none, or it is of another key, region, time, or of a request that is not this one.

        """
        given = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if not given:
            code = INCOMPLETE if "authorization" in request.headers else MISSING
            raise _refused(code, "sign the request in the header Authorization")
        if given["key"] != self.key:
            raise _refused(UNKNOWN_KEY, "nobody has this access key id")
        time = _time(request)
        if abs(now - time) > TOLERANCE:
            raise _refused(WRONG, f"signed at {time:{TIME}}, now it is {now:{TIME}}")
        scope = f"{time:%Y%m%d}/{self.region}/{self.service}/aws4_request"
        names = given["headers"].split(";")
        if given["scope"] != scope or unsigned(request) - set(names):
            raise _refused(WRONG, f"the scope is {scope}, and host and all x-amz-* are signed")
        if not hmac.compare_digest(self.signature(request, names, scope), given["signature"]):
            raise _refused(WRONG, "the signature is not that of this request")

    def signature(self, request: Request, names: list[str], scope: str) -> str:
        """Sign a request whose time stands in `x-amz-date`."""
        hashed = hashlib.sha256(canonical(request, names).encode()).hexdigest()
        to_sign = "\n".join((ALGORITHM, request.headers["x-amz-date"], scope, hashed))
        key = f"AWS4{self.secret}".encode()
        for part in (*scope.split("/"), to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex()


def canonical(request: Request, names: list[str]) -> str:
    """Return the one form of a request that both sides sign."""
    url = urlsplit(request.path)
    query = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parse_qsl(url.query, True))  # noqa: FBT003 - keep blank values
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names]
    return "\n".join(
        (
            request.method,
            # Encoded once more than on the wire: every service but S3 wants that.
            quote(url.path, safe="/~") or "/",
            "&".join(f"{name}={value}" for name, value in query),
            "".join(headers),
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def unsigned(request: Request) -> set[str]:
    """Name the headers that every signature has to cover."""
    return {"host"} | {name for name in request.headers if name.startswith("x-amz-")}


def _time(request: Request) -> datetime:
    try:
        return datetime.strptime(request.headers.get("x-amz-date", ""), TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _refused(INCOMPLETE, f"give the time in x-amz-date as {TIME}") from None


def _refused(code: str, message: str) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, code, message)
