"""Reading from the node's API server, as its administrator, over one kept connection."""

from __future__ import annotations

import ssl
from http.client import HTTPException, HTTPSConnection

from pydantic import BaseModel, Field

from infra.errors import LabError
from testnode.layout import API_PORT, Layout

TIMEOUT_S = 5.0
OK = 200


class ApiError(LabError):
    """The API server did not answer, or not with success."""


class _Spec(BaseModel):
    replicas: int


class _Status(BaseModel):
    available: int = Field(default=0, alias="availableReplicas")


class _Deployment(BaseModel):
    spec: _Spec
    status: _Status


class Api:
    """A client of one node's API server."""

    def __init__(self, layout: Layout) -> None:
        """Use the certificates that lie in the node's folder."""
        context = ssl.create_default_context(cafile=layout.tls / "ca.crt")
        context.load_cert_chain(layout.tls / "admin.crt", layout.tls / "admin.key")
        self._connection = HTTPSConnection(layout.address, API_PORT, timeout=TIMEOUT_S, context=context)

    def close(self) -> None:
        """Close the connection; the next question opens a new one."""
        self._connection.close()

    def get(self, path: str) -> str:
        """Return what the server answers to GET.

        Raises:
            ApiError: no connection, or another status than 200.

        """
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            self.close()
            message = f"GET {path}: {error}"
            raise ApiError(message) from error
        if response.status != OK:
            message = f"GET {path}: {response.status} {text[:200]}"
            raise ApiError(message)
        return text

    def answers(self, path: str) -> bool:
        """Return whether GET succeeds."""
        try:
            self.get(path)
        except ApiError:
            return False
        return True

    def available(self, namespace: str, deployment: str) -> bool:
        """Return whether a Deployment has all the pods that it asks for, and the server says so."""
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{deployment}"
        try:
            found = _Deployment.model_validate_json(self.get(path))
        except ApiError:
            return False
        return found.status.available >= found.spec.replicas
