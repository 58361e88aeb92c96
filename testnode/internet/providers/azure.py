"""Azure OpenAI: OpenAI's protocols on a host of the customer's own, models by the name of their deployment.

https://learn.microsoft.com/azure/ai-services/openai/reference
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from testnode.internet.exchange import Request, Response
from testnode.internet.providers import chat_completions, responses
from testnode.internet.providers.chat_completions import ChatBody
from testnode.internet.providers.openai import heeds_rules_of_reasoning, openai_refusal
from testnode.internet.providers.responses import ResponsesBody
from testnode.internet.providers.wire import Refusal, document, posted, read

_CHAT = re.compile(r"/openai/deployments/(?P<deployment>[^/]+)/chat/completions")
RESPONSES = "/openai/responses"
# What Azure's gateway says itself, by its numbers and names; the rest comes from OpenAI's code behind it.
DENIED, NO_DEPLOYMENT, NO_RESOURCE = "401", "DeploymentNotFound", "404"


@dataclass(frozen=True)
class Azure:
    """One Azure OpenAI resource.

    Attributes:
        key: that it accepts in `api-key`.
        deployments: names of its deployments.
        api_versions: of Azure's interface; any other is not there.

    """

    key: str
    deployments: Collection[str]
    api_versions: Collection[str]

    def __call__(self, request: Request) -> Response:
        """Answer a request, if only by a refusal."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            if refusal.code not in (DENIED, NO_DEPLOYMENT, NO_RESOURCE):
                return openai_refusal(refusal)
            return document({"error": {"code": refusal.code, "message": refusal.message}}, refusal.status)

    def _answer(self, request: Request) -> Response:
        url = urlsplit(request.path)
        # https://github.com/SciSharp/BotSharp/issues/386: the same words for no key and a wrong one.
        if request.headers.get("api-key") != self.key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, DENIED, "no valid key of this resource in api-key")
        if parse_qs(url.query).get("api-version", [""])[0] not in self.api_versions:
            raise Refusal(HTTPStatus.NOT_FOUND, NO_RESOURCE, "no resource of this api-version")
        chat = _CHAT.fullmatch(url.path)
        if not chat and url.path != RESPONSES:
            raise Refusal(HTTPStatus.NOT_FOUND, NO_RESOURCE, "no such resource")
        posted(request)
        return self._chat(request, chat["deployment"]) if chat else self._responses(request)

    def _chat(self, request: Request, deployment: str) -> Response:
        self._deployed(deployment)
        # The path decides; a model in the body is for OpenAI's own host.
        body = read(ChatBody, request.body).model_copy(update={"model": deployment})
        heeds_rules_of_reasoning(body, deployment)
        return chat_completions.answered(body)

    def _responses(self, request: Request) -> Response:
        body = read(ResponsesBody, request.body)
        self._deployed(body.model)
        return responses.answered(body)

    def _deployed(self, deployment: str) -> None:
        if deployment not in self.deployments:
            raise Refusal(HTTPStatus.NOT_FOUND, NO_DEPLOYMENT, f"there is no deployment {deployment}")
