"""DigitalOcean's API, as far as a lab asks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from infra.api_refusal import scope
from tests.cloud.fake import answers
from tests.cloud.fake.world import TOKEN, Json, World

Answer: TypeAlias = tuple[int, Json | None]


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    token: str

    @property
    def changes(self) -> bool:
        """Whether it changes anything; a login does not."""
        return self.method != "GET" and not self.path.endswith("/oauth/token")


def answer(world: World, call: Call) -> Answer:
    """Do what the request says."""
    if call.token != TOKEN:
        return _error(401, "unauthorized", "Unable to authenticate you")
    if refused := _scope(world, call):
        return refused
    for method, pattern, handle in ROUTES:
        if method == call.method and (found := re.fullmatch(pattern, call.path)):
            return handle(world, call, *found.groups())
    return _error(404, "not_found", "The resource you were accessing could not be found.")


def _scope(world: World, call: Call) -> Answer | None:
    """Refuse what the token may not do, in DigitalOcean's words."""
    needed = scope(f"{call.method} {call.path.removeprefix('/v2/')}")
    if world.scopes is None or needed in world.scopes:
        return None
    return _error(403, "forbidden", f"You are missing the required permission {needed}")


def _account(world: World, _call: Call) -> Answer:
    status, message = ("locked", "unpaid invoice") if world.locked else ("active", "")
    account = {
        "droplet_limit": 10,
        "floating_ip_limit": 3,
        "email": "owner@gpu-lab.example",
        "uuid": "b6fr89dbf6d9156cace5f3c78dc9851d957381ef",
        "team": {"uuid": world.team, "name": "owner"},
        "email_verified": True,
        "status": status,
        "status_message": message,
    }
    return 200, {"account": account}


def _keys(world: World, call: Call) -> Answer:
    keys = [
        {"id": 7 + number, "name": "laptop", "fingerprint": "aa:bb", "public_key": key}
        for number, key in enumerate(world.public_keys)
    ]
    return _page(call, "ssh_keys", keys)


def _sizes(world: World, call: Call) -> Answer:
    return _page(call, "sizes", map(answers.size_of, world.sizes))


def _regions(_world: World, call: Call) -> Answer:
    return _page(call, "regions", map(answers.region, ("nyc2", "tor1", "ams1")))


def _droplets(world: World, call: Call) -> Answer:
    """Show none with a GPU without `type`; whether `tag_name` shows them is not documented, so it does not."""
    gpus = {size.slug for size in world.sizes if size.gpu}
    tag, kind = call.query.get("tag_name"), call.query.get("type", "droplets")
    if tag and "type" in call.query:
        return _error(422, "unprocessable_entity", "type and tag_name cannot be combined")
    found = [droplet for droplet in world.listed(world.droplets) if (droplet.size in gpus) == (kind == "gpus")]
    if tag:
        found = [droplet for droplet in found if tag in world.tags_of(droplet)]
    return _page(call, "droplets", [answers.droplet(world, droplet) for droplet in found])


def _create_droplet(world: World, call: Call) -> Answer:
    body = call.body
    size = next((size for size in world.sizes if size.slug == body["size"]), None)
    if size is None or not set(body.get("ssh_keys", ())) <= {7 + n for n in range(len(world.public_keys))}:
        return _error(422, "unprocessable_entity", "You specified an invalid size or key for Droplet creation.")
    if size.slug in world.sold_out or body["region"] not in size.regions:
        return _error(422, "unprocessable_entity", "Size is not available in this region.")
    gpus = {each.slug for each in world.sizes if each.gpu}
    running = [droplet for droplet in world.there(world.droplets) if droplet.size in gpus]
    if size.gpu and len(running) >= world.gpu_limit:
        return _error(422, "unprocessable_entity", "creating this/these droplet(s) will exceed your GPU limit")
    for volume in world.volumes:
        if volume.id in body.get("volumes", ()) and (world.droplets_of(volume) or volume.region != body["region"]):
            return _error(422, "unprocessable_entity", "volume is attached or in another region")
    made = world.new_droplet(body)
    action = {"id": made.id, "rel": "create", "href": f"https://api.digitalocean.com/v2/actions/{made.id}"}
    return 202, {"droplet": answers.droplet(world, made), "links": {"actions": [action]}}


def _droplet(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.droplets, number)
    return (200, {"droplet": answers.droplet(world, found)}) if found else _absent()


def _destroy_droplet(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.droplets, number)
    if not found:
        return _absent()
    found.gone = min(found.gone, world.later(world.pace.destruction))
    return 204, None


def _droplet_action(world: World, call: Call, number: str) -> Answer:
    found = world.find(world.droplets, number)
    if not found:
        return _absent()
    found.off = call.body["type"] != "power_on"
    return 201, {"action": _action(world, call.body["type"], found.id)}


def _volumes(world: World, call: Call) -> Answer:
    return _page(call, "volumes", [answers.volume(world, volume) for volume in world.listed(world.volumes)])


def _create_volume(world: World, call: Call) -> Answer:
    """Make a second one of a name, too: that a name is there once is promised by no document."""
    return 201, {"volume": answers.volume(world, world.new_volume(call.body))}


def _volume(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.volumes, number)
    return (200, {"volume": answers.volume(world, found)}) if found else _absent()


def _delete_volume(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.volumes, number)
    if not found:
        return _absent()
    if world.droplets_of(found):
        return _error(409, "conflict", "A volume cannot be deleted while it is attached to a Droplet.")
    found.gone = world.now
    return 204, None


def _volume_action(world: World, call: Call, number: str) -> Answer:
    volume, droplet = world.find(world.volumes, number), world.find(world.droplets, call.body["droplet_id"])
    if not volume or not droplet:
        return _absent()
    if world.droplets_of(volume):
        return _error(422, "unprocessable_entity", "The volume is attached already.")
    volume.attached = {droplet.id: world.later(world.pace.attaching)}
    return 202, {"action": _action(world, "attach_volume", droplet.id)}


def _firewalls(world: World, call: Call) -> Answer:
    return _page(call, "firewalls", [answers.firewall(world, wall) for wall in world.listed(world.firewalls)])


def _create_firewall(world: World, call: Call) -> Answer:
    if unknown := set(call.body.get("tags") or ()) - set(world.tags):
        return _error(422, "unprocessable_entity", f"tags do not exist: {', '.join(sorted(unknown))}")
    return 202, {"firewall": answers.firewall(world, world.new_firewall(call.body))}


def _firewall(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.firewalls, number)
    return (200, {"firewall": answers.firewall(world, found)}) if found else _absent()


def _replace_firewall(world: World, call: Call, number: str) -> Answer:
    found = world.find(world.firewalls, number)
    if not found:
        return _absent()
    found.body = call.body
    return 200, {"firewall": answers.firewall(world, found)}


def _delete_firewall(world: World, _call: Call, number: str) -> Answer:
    found = world.find(world.firewalls, number)
    if not found:
        return _absent()
    found.gone = world.now
    return 204, None


def _tags(world: World, call: Call) -> Answer:
    return _page(call, "tags", [_tag_body(name) for name in world.tags])


def _create_tag(world: World, call: Call) -> Answer:
    if call.body["name"] in world.tags:
        return _error(422, "unprocessable_entity", "Tag name already exists")
    world.tags.append(call.body["name"])
    return 201, {"tag": _tag_body(call.body["name"])}


def _tag(world: World, _call: Call, name: str) -> Answer:
    return (200, {"tag": _tag_body(name)}) if name in world.tags else _absent()


def _delete_tag(world: World, _call: Call, name: str) -> Answer:
    if name not in world.tags:
        return _absent()
    world.tags.remove(name)
    for thing in (*world.droplets, *world.volumes):
        thing.tags = [tag for tag in thing.tags if tag != name]
    return 204, None


def _put_tag(world: World, call: Call, name: str) -> Answer:
    for resource in call.body["resources"]:
        things: list[Any] = world.droplets if resource["resource_type"] == "droplet" else world.volumes
        found = world.find(things, resource["resource_id"])
        if not found or name not in world.tags:
            return _absent()
        found.tags = [*(tag for tag in found.tags if tag != name), name]
        if resource["resource_type"] == "droplet":
            found.made = min(found.made, world.later(-world.pace.tag_lag))  # it shows at once
    return 204, None


def _tag_body(name: str) -> Json:
    return {"name": name, "resources": {"count": 0}}


def _action(world: World, kind: str, number: int) -> Json:
    return {
        "id": world.new_id(),
        "status": "in-progress",
        "type": kind,
        "started_at": answers.instant(world.now),
        "completed_at": None,
        "resource_id": number,
        "resource_type": "droplet",
        "region": answers.region("tor1"),
        "region_slug": "tor1",
    }


def _page(call: Call, key: str, items: Iterable[Json]) -> Answer:
    """Give a part of a list; where it goes on is told with DigitalOcean's own name, as it does."""
    everything = list(items)
    number, length = int(call.query.get("page", 1)), int(call.query.get("per_page", 20))
    links: Json = {}
    if number * length < len(everything):
        links = {"pages": {"next": f"https://api.digitalocean.com{call.path}?page={number + 1}", "last": "https://api"}}
    part = everything[(number - 1) * length : number * length]
    return 200, {key: part, "links": links, "meta": {"total": len(everything)}}


def _absent() -> Answer:
    return _error(404, "not_found", "The resource you were accessing could not be found.")


def _error(status: int, name: str, message: str) -> Answer:
    return status, {"id": name, "message": message, "request_id": "4d9d8375-3c56-4925-a3e7-eb137fed17e9"}


Handler: TypeAlias = Callable[..., Answer]
ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/v2/account", _account),
    ("GET", "/v2/account/keys", _keys),
    ("GET", "/v2/sizes", _sizes),
    ("GET", "/v2/regions", _regions),
    ("GET", "/v2/droplets", _droplets),
    ("POST", "/v2/droplets", _create_droplet),
    ("GET", "/v2/droplets/([0-9]+)", _droplet),
    ("DELETE", "/v2/droplets/([0-9]+)", _destroy_droplet),
    ("POST", "/v2/droplets/([0-9]+)/actions", _droplet_action),
    ("GET", "/v2/volumes", _volumes),
    ("POST", "/v2/volumes", _create_volume),
    ("GET", "/v2/volumes/([0-9a-f-]+)", _volume),
    ("DELETE", "/v2/volumes/([0-9a-f-]+)", _delete_volume),
    ("POST", "/v2/volumes/([0-9a-f-]+)/actions", _volume_action),
    ("GET", "/v2/firewalls", _firewalls),
    ("POST", "/v2/firewalls", _create_firewall),
    ("GET", "/v2/firewalls/([0-9a-f-]+)", _firewall),
    ("PUT", "/v2/firewalls/([0-9a-f-]+)", _replace_firewall),
    ("DELETE", "/v2/firewalls/([0-9a-f-]+)", _delete_firewall),
    ("GET", "/v2/tags", _tags),
    ("POST", "/v2/tags", _create_tag),
    ("GET", "/v2/tags/([^/]+)", _tag),
    ("DELETE", "/v2/tags/([^/]+)", _delete_tag),
    ("POST", "/v2/tags/([^/]+)/resources", _put_tag),
)
