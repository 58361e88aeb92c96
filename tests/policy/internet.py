"""Promise: a way to the Internet is a way to public addresses alone, and one to a database a way to few addresses.

It knows the blocks by itself and asks neither `ailab.network` nor `infra.edges`, which would forget one together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind

NOT_PUBLIC: Final = [
    "10.0.0.0/8",  # private networks (RFC 1918)
    "100.64.0.0/10",  # the tailnet (RFC 6598)
    "127.0.0.0/8",  # the machine itself
    "169.254.0.0/16",  # the cloud's metadata service, which hands out what the droplet was made with (RFC 3927)
    "172.16.0.0/12",  # private networks
    "192.168.0.0/16",  # private networks
    "224.0.0.0/3",  # multicast and reserved
]
ANY_ADDRESS: Final[Object] = {"cidr": "0.0.0.0/0"}
THE_INTERNET: Final[Object] = {**ANY_ADDRESS, "except": NOT_PUBLIC}
# Its address is unknown when manifests are made, so only the port limits this way.
TO_THE_API_SERVER: Final = ("ingress", "kube-state-metrics")
# Where the lab has no PostgreSQL of its own.
TO_A_DATABASE: Final = ("litellm", "open-webui", "phoenix")
LARGEST_DATABASE: Final = 2**16  # addresses


def internet(objects: Sequence[Object]) -> Iterator[str]:
    has_postgres = any(item["metadata"]["name"] == "postgres" for item in of_kind(objects, "Deployment"))
    for policy in of_kind(objects, "NetworkPolicy"):
        name = policy["metadata"]["name"]
        yield from (f"NetworkPolicy/{name}: lets {block} in" for block in _blocks(policy, "ingress", "from"))
        outgoing = _blocks(policy, "egress", "to")
        if name in TO_THE_API_SERVER:
            if outgoing != [ANY_ADDRESS]:
                yield f"NetworkPolicy/{name}: reaches other addresses than the API server's"
        else:
            elsewhere = [block for block in outgoing if block != THE_INTERNET]
            if name in TO_A_DATABASE and not has_postgres:
                elsewhere = [block for block in elsewhere if not _may_be_a_database(block)]
            yield from (f"NetworkPolicy/{name}: reaches {block}" for block in elsewhere)


def _blocks(policy: Object, direction: str, ends: str) -> list[Object]:
    peers = (peer for rule in policy["spec"].get(direction, ()) for peer in rule.get(ends, ()))
    return [peer["ipBlock"] for peer in peers if "ipBlock" in peer]


def _may_be_a_database(block: Object) -> bool:
    network = ipaddress.ip_network(block["cidr"])
    metadata = ipaddress.ip_network("169.254.0.0/16")
    return block.keys() == {"cidr"} and network.num_addresses <= LARGEST_DATABASE and not network.overlaps(metadata)
