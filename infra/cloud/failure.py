"""What DigitalOcean and Tailscale answer when they do not do as they were asked."""

from __future__ import annotations

from infra.errors import LabError


class CloudError(LabError):
    """A request failed.

    Attributes:
        status: HTTP status; None where no answer came.
        request_id: by which the provider finds the request in its logs.
        unknown: whether the request may have been carried out all the same.

    """

    def __init__(self, message: str, *, status: int | None = None, request_id: str = "", unknown: bool = False) -> None:
        super().__init__(f"{message} (request {request_id})" if request_id else message)
        self.status = status
        self.request_id = request_id
        self.unknown = unknown


class MissingError(CloudError):
    """There is no such thing, or no more."""


class TokenError(CloudError):
    """The token is not known, or may not do this."""


class RefusedError(CloudError):
    """The request was understood and not carried out."""


class QuotaError(RefusedError):
    """The account may not have more of this; only DigitalOcean's support changes that."""


class StockError(RefusedError):
    """The region has none left of this size; another size, another region or another hour may do."""
