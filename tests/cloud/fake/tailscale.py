"""Tailscale's API, as far as a lab asks it, after https://tailscale.com/api: no document of its schemas judges it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ailab.host_facts import MACHINE_TAG
from tests.cloud.fake.digital_ocean import Answer, Call
from tests.cloud.fake.world import Json, World

CLIENT_SECRET: Final = "tskey-client-canary"
ACCESS_TOKEN: Final = "tskey-api-canary"
AUTH_KEY: Final = "tskey-auth-canary"


def answer(world: World, call: Call) -> Answer:
    """Do what the request says."""
    if not world.tailnet_answers:
        return 503, {"message": "unavailable"}
    if (call.method, call.path) == ("POST", "/api/v2/oauth/token"):
        right = call.body.get("client_secret") == CLIENT_SECRET
        world.access_ends = world.later(3600)
        return (200, {"access_token": ACCESS_TOKEN, "expires_in": 3600}) if right else (401, {"message": "no"})
    if call.token != ACCESS_TOKEN or world.now >= world.access_ends:
        return 401, {"message": "API token invalid"}
    status: int = 404
    body: Json | None = None
    match call.method, call.path.removeprefix("/api/v2/").split("/"):
        case "GET", ["tailnet", "-", "devices"]:
            status, body = 200, {"devices": world.devices}
        case "GET", ["tailnet", "-", "keys"]:
            # To an OAuth client: its like alone, or all; of each the id at the least.
            keys = [{"id": number} for number in world.auth_keys] if call.query.get("all") == "true" else []
            status, body = 200, {"keys": keys}
        case "GET", ["tailnet", "-", "keys", number] if number in world.auth_keys:
            status, body = 200, {"id": number, "description": world.auth_keys[number]["description"]}
        case "POST", ["tailnet", "-", "keys"]:
            status, body = 200, _mint(world, call.body)
        case "DELETE", ["tailnet", "-", "keys", number] if world.auth_keys.pop(number, None):
            status = 200
        case "DELETE", ["device", number] if any(device["nodeId"] == number for device in world.devices):
            world.devices = [device for device in world.devices if device["nodeId"] != number]
            status = 200
    return status, body


def _mint(world: World, body: Json) -> Json:
    create = body["capabilities"]["devices"]["create"]
    right = not create["reusable"] and not create["ephemeral"] and create["preauthorized"] and create["tags"]
    if not right or not re.fullmatch(r"[A-Za-z0-9 -]{0,50}", body["description"]):
        return {}
    number = f"k{world.new_id()}"
    key = {"key": f"{AUTH_KEY}-{number}", "description": body["description"], "tags": create["tags"]}
    world.auth_keys[number] = key
    return {"id": number, **key}


def join(world: World, auth_key: str, hostname: str) -> str | None:
    """Let a machine in, once for each key, as tailscaled does; returns its id, or None for a used or unknown key."""
    for number, key in world.auth_keys.items():
        if key["key"] == auth_key:
            del world.auth_keys[number]
            taken = sum(device["hostname"] == hostname for device in world.devices)
            name = f"{hostname}-{taken}" if taken else hostname
            world.devices.append(device(world.new_id(), hostname, name, key["tags"]))
            return str(world.devices[-1]["nodeId"])
    return None


def device(number: int, hostname: str, name: str, tags: Sequence[str] = (MACHINE_TAG,)) -> Json:
    """Describe a machine, with both ids that the API has for each."""
    ids = {"id": str(number), "nodeId": f"n{number}CNTRL"}
    return {**ids, "hostname": hostname, "name": name, "tags": list(tags)}
