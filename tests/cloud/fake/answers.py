"""The pretended account's things as DigitalOcean writes them in its answers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from tests.cloud.fake.world import Droplet, Firewall, Json, Size, Volume, World

EVERYWHERE: Final = ("nyc2", "tor1")


def instant(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def droplet(world: World, it: Droplet) -> Json:
    active = world.now >= it.active
    address = {"ip_address": it.address, "netmask": "255.255.255.0", "gateway": "203.0.113.1", "type": "public"}
    size = next(size for size in world.sizes if size.slug == it.size)
    return {
        "id": it.id,
        "name": it.name,
        "memory": 65536,
        "vcpus": 8,
        "disk": 500,
        "locked": not active,
        "status": "off" if it.off else "active" if active else "new",
        "created_at": instant(it.made),
        "features": ["monitoring"],
        "backup_ids": [],
        "next_backup_window": None,
        "snapshot_ids": [],
        "image": {"id": 1, "name": "24.04 (LTS) x64", "distribution": "Ubuntu", "slug": "ubuntu-24-04-x64"},
        "volume_ids": [volume.id for volume in world.volumes if it.id in world.droplets_of(volume)],
        "size": size_of(size),
        "size_slug": it.size,
        "networks": {"v4": [address] if active else [], "v6": []},
        "region": region(it.region),
        "tags": list(world.tags_of(it)),
    }


def volume(world: World, it: Volume) -> Json:
    return {
        "id": it.id,
        "name": it.name,
        "size_gigabytes": it.gigabytes,
        "created_at": instant(it.made),
        "description": "",
        "droplet_ids": world.droplets_of(it),
        "filesystem_type": "ext4",
        "filesystem_label": it.label,
        "region": region(it.region),
        "tags": list(it.tags),
    }


def firewall(_world: World, it: Firewall) -> Json:
    return {
        "id": it.id,
        "name": it.name,
        "status": "succeeded",
        "created_at": instant(it.made),
        "pending_changes": [],
        "droplet_ids": [],
        "tags": it.body.get("tags"),
        "inbound_rules": [_rule(rule, "sources") for rule in it.body.get("inbound_rules") or ()],
        "outbound_rules": [_rule(rule, "destinations") for rule in it.body.get("outbound_rules") or ()],
    }


def _rule(rule: Json, ends: str) -> Json:
    """DigitalOcean says "0" for "all", and has no ports for icmp."""
    ports = "0" if rule["ports"] in {"all", "0"} or rule["protocol"] == "icmp" else rule["ports"]
    return {"protocol": rule["protocol"], "ports": ports, ends: {"addresses": sorted(rule[ends]["addresses"])}}


def size_of(it: Size) -> Json:
    return {
        "slug": it.slug,
        "memory": 65536,
        "vcpus": 8,
        "disk": 500,
        "transfer": 10.0,
        "price_monthly": round(it.price * 744, 2),
        "price_hourly": it.price,
        "regions": list(it.regions),
        "available": bool(it.regions),
        "description": "GPU" if it.gpu else "Basic",
    }


def region(slug: str) -> Json:
    number = re.sub(r"\D", "", slug)
    return {
        "name": f"{slug} {number}",
        "slug": slug,
        "features": ["backups", "ipv6", "metadata", "storage"] if slug in EVERYWHERE else ["metadata"],
        "available": True,
        "sizes": [],
    }
