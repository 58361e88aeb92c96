"""The account at DigitalOcean, asked through `infra.api`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from infra.api import Api, Json
from infra.cloud.failure import CloudError, RefusedError
from infra.cloud.provider import NewDroplet, NewVolume, Rules
from infra.cloud.resources import (
    Account,
    Droplet,
    Firewall,
    Inbound,
    Outbound,
    Region,
    Size,
    SshKey,
    Tag,
    Volume,
    VolumeAction,
)


class DigitalOceanAccount:
    """The account that a token leads to: what `infra.cloud.provider.Cloud` promises. For one thread."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def account(self) -> tuple[Account, datetime]:
        """Return whose token it is, and DigitalOcean's time."""
        found = self._api.one("account", "account", Account)
        if self._api.date is None:
            message = "DigitalOcean answers without a date"
            raise CloudError(message)
        return found, self._api.date

    def ssh_keys(self) -> tuple[SshKey, ...]:
        """List the account's public keys."""
        return self._api.all("account/keys", "ssh_keys", SshKey)

    def sizes(self) -> tuple[Size, ...]:
        """List the sizes that the account may have."""
        return self._api.all("sizes", "sizes", Size)

    def regions(self) -> tuple[Region, ...]:
        """List the regions."""
        return self._api.all("regions", "regions", Region)

    def droplets(self, tag: str) -> tuple[Droplet, ...]:
        """List all droplets.

        Those with a GPU are in a list of their own (`type=gpus`), which cannot be asked for by tag; whether the list
        by tag has them is not documented. So all three are read.
        """
        lists = ({"type": "gpus"}, {"type": "droplets"}, {"tag_name": tag})
        found = [droplet for which in lists for droplet in self._api.all("droplets", "droplets", Droplet, which)]
        return tuple({droplet.id: droplet for droplet in found}.values())

    def droplet(self, number: int) -> Droplet:
        """Look a droplet up."""
        return self._api.one(f"droplets/{number}", "droplet", Droplet)

    def create_droplet(self, wanted: NewDroplet) -> Droplet:
        """Order a droplet."""
        order: Mapping[str, Json] = {
            "name": wanted.name,
            "size": wanted.size,
            "region": wanted.region,
            "image": wanted.image,
            "ssh_keys": [wanted.ssh_key],
            "volumes": [wanted.volume],
            "tags": list(wanted.tags),
            "user_data": wanted.user_data,
        }
        return self._api.create("droplets", "droplet", Droplet, order)

    def power_on(self, number: int) -> None:
        """Begin to start a droplet that is off."""
        self._api.post(f"droplets/{number}/actions", {"type": "power_on"})

    def destroy_droplet(self, number: int) -> None:
        """Destroy a droplet, which takes a while; none is fine too."""
        self._api.delete(f"droplets/{number}")

    def volumes(self) -> tuple[Volume, ...]:
        """List all volumes."""
        return self._api.all("volumes", "volumes", Volume)

    def volume(self, uuid: str) -> Volume:
        """Look a volume up."""
        return self._api.one(f"volumes/{uuid}", "volume", Volume)

    def create_volume(self, wanted: NewVolume) -> Volume:
        """Make a volume."""
        order: Mapping[str, Json] = {
            "name": wanted.name,
            "region": wanted.region,
            "size_gigabytes": wanted.gigabytes,
            "filesystem_type": "ext4",
            "filesystem_label": wanted.label,
            "tags": list(wanted.tags),
        }
        return self._api.create("volumes", "volume", Volume, order)

    def attach_volume(self, uuid: str, droplet: int, region: str) -> VolumeAction:
        """Begin to attach a volume to a droplet."""
        order: Mapping[str, Json] = {"type": "attach", "droplet_id": droplet, "region": region}
        return self._api.create(f"volumes/{uuid}/actions", "action", VolumeAction, order)

    def delete_volume(self, uuid: str) -> None:
        """Delete a volume and all its data; none is fine too."""
        self._api.delete(f"volumes/{uuid}")

    def firewalls(self) -> tuple[Firewall, ...]:
        """List all firewalls."""
        return self._api.all("firewalls", "firewalls", Firewall)

    def firewall(self, uuid: str) -> Firewall:
        """Look a firewall up."""
        return self._api.one(f"firewalls/{uuid}", "firewall", Firewall)

    def create_firewall(self, wanted: Rules) -> Firewall:
        """Make a firewall."""
        return self._api.create("firewalls", "firewall", Firewall, _rules(wanted))

    def replace_firewall(self, uuid: str, wanted: Rules) -> Firewall:
        """Give a firewall other rules; the library knows no PUT for it."""
        return self._api.replace(f"firewalls/{uuid}", "firewall", Firewall, _rules(wanted))

    def delete_firewall(self, uuid: str) -> None:
        """Delete a firewall; none is fine too."""
        self._api.delete(f"firewalls/{uuid}")

    def tags(self) -> tuple[Tag, ...]:
        """List all tags."""
        return self._api.all("tags", "tags", Tag)

    def create_tag(self, name: str) -> None:
        """Make a tag; one that is there already is fine too."""
        try:
            self._api.create("tags", "tag", Tag, {"name": name})
        except RefusedError:
            self._api.one(f"tags/{name}", "tag", Tag)

    def put_tag(self, name: str, kind: str, identity: str) -> None:
        """Put a tag onto a `droplet` or a `volume`."""
        order: Mapping[str, Json] = {"resources": [{"resource_id": identity, "resource_type": kind}]}
        self._api.post(f"tags/{name}/resources", order)

    def delete_tag(self, name: str) -> None:
        """Delete a tag; none is fine too."""
        self._api.delete(f"tags/{name}")


def _rules(wanted: Rules) -> Mapping[str, Json]:
    return {
        "name": wanted.name,
        "tags": list(wanted.tags),
        "inbound_rules": [_inbound(rule) for rule in wanted.inbound],
        "outbound_rules": [_outbound(rule) for rule in wanted.outbound],
    }


def _inbound(rule: Inbound) -> Json:
    return {
        "protocol": rule.protocol,
        "ports": rule.ports,
        "sources": {"addresses": list(rule.sources.addresses or ())},
    }


def _outbound(rule: Outbound) -> Json:
    return {
        "protocol": rule.protocol,
        "ports": rule.ports,
        "destinations": {"addresses": list(rule.destinations.addresses or ())},
    }
