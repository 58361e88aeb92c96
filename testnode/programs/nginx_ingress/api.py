"""The Kubernetes API, as a pod reaches it with its service account."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from testnode.programs.nginx_ingress.resources import Object

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_S = 30
WATCH_S = 300


class ApiError(Exception):
    """The API server refused a request."""


@dataclass(frozen=True)
class Right:
    """One thing that a service account may be allowed to do; no namespace means cluster-wide."""

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        where = f"in {self.namespace}" if self.namespace else "in the cluster"
        return f"{self.verb} {self.resource} {where}"


class Api:
    """A client for one pod; safe to use from several threads."""

    def __init__(self) -> None:
        self._host = os.environ["KUBERNETES_SERVICE_HOST"]
        self._port = int(os.environ["KUBERNETES_SERVICE_PORT"])
        self._tls = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def get(self, path: str) -> Object:
        """Return an object, or a list of objects.

        Raises:
            ApiError: refused, or not there.

        """
        with self._answer("GET", path) as answer:
            return _object(answer.read())

    def create(self, path: str, item: Object) -> Object:
        """Create an object and return it as the server keeps it.

        Raises:
            ApiError: refused.

        """
        with self._answer("POST", path, item) as answer:
            return _object(answer.read())

    def watch(self, path: str, version: str) -> Iterator[Object]:
        """Yield the changes of a list since `version`, until the server ends the stream.

        Raises:
            ApiError: refused; the version is too old, for example.

        """
        query = urlencode({"watch": "true", "resourceVersion": version, "timeoutSeconds": WATCH_S})
        with self._answer("GET", f"{path}{'&' if '?' in path else '?'}{query}", seconds=WATCH_S + TIMEOUT_S) as answer:
            for line in answer:
                yield _object(line)

    def may(self, right: Right) -> bool:
        """Return whether this service account has a right."""
        attributes = {
            "verb": right.verb,
            "resource": right.resource,
            "group": right.group,
            "namespace": right.namespace,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(self.create(path, review)["status"]["allowed"])

    @contextmanager
    def _answer(
        self, method: str, path: str, item: Object | None = None, seconds: float = TIMEOUT_S
    ) -> Iterator[http.client.HTTPResponse]:
        # The token is read each time: the kubelet replaces it before it expires.
        headers = {
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._tls, timeout=seconds)
        try:
            connection.request(method, path, json.dumps(item) if item else None, headers)
            answer = connection.getresponse()
            if answer.status >= http.HTTPStatus.BAD_REQUEST:
                message = f"{method} {path}: {answer.status} {_reason(answer.read())}"
                raise ApiError(message)
            yield answer
        finally:
            connection.close()


def _object(text: bytes) -> Object:
    item: Object = json.loads(text)
    return item


def _reason(text: bytes) -> str:
    try:
        return str(_object(text).get("message", ""))
    except ValueError:
        return text.decode(errors="replace")
