"""Lists of the API server, kept up to date."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from testnode.programs.nginx_ingress.api import Api, ApiError

if TYPE_CHECKING:
    from testnode.programs.nginx_ingress.resources import Object

RETRY_S = 1.0

Items = Mapping[str, "Object"]
"""The objects of a list by their uid."""


def follow(api: Api, path: str, changed: Callable[[Items], None]) -> None:
    """Call `changed` with all objects of a list, now and after every change, from a thread that never ends."""
    threading.Thread(target=_follow, args=(api, path, changed), name=path, daemon=True).start()


def _follow(api: Api, path: str, changed: Callable[[Items], None]) -> None:
    while True:
        try:
            _once(api, path, changed)
        except (ApiError, OSError, ValueError) as error:
            logging.getLogger(__name__).warning("%s: %s; listing it again", path, error)
            time.sleep(RETRY_S)


def _once(api: Api, path: str, changed: Callable[[Items], None]) -> None:
    """List, then apply the changes until the stream ends."""
    answer = api.get(path)
    items = {item["metadata"]["uid"]: item for item in answer["items"]}
    changed(dict(items))
    for change in api.watch(path, answer["metadata"]["resourceVersion"]):
        if change["type"] == "ERROR":
            message = change["object"].get("message", "the watch failed")
            raise ApiError(message)
        uid = change["object"]["metadata"]["uid"]
        if change["type"] == "DELETED":
            items.pop(uid, None)
        else:
            items[uid] = change["object"]
        changed(dict(items))
