"""register_keys.py KEYS.json: make the gateway know the virtual keys that the lab has generated.

Runs in a pod with the standard library alone. Each run brings the gateway to what is declared, whatever it knew: a key
that is new, one whose models have changed, one that was rotated (the old value stops to work).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

OK = 200
PATIENCE = 600  # seconds that the gateway may take to come up, its first migrations included
NOT_FOUND = (400, 404)  # LiteLLM answers either for a key that it does not know
KEY = re.compile(r"sk-\w+")  # a refusal may repeat what was asked, and what this prints is kept in logs


@dataclass(frozen=True)
class Gateway:
    """The gateway's administration, as far as it is needed here."""

    address: str
    master_key: str

    def ask(self, method: str, path: str, body: dict[str, object] | None = None) -> tuple[int, dict[str, object]]:
        """Send one request; returns the status and the answer, or a refusal's text without keys."""
        request = urllib.request.Request(  # noqa: S310 - the address is the lab's own
            self.address + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.master_key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - same
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, {"refusal": KEY.sub("sk-...", refusal.read().decode(errors="replace"))[:500]}

    def wait(self) -> None:
        """Return when the gateway answers and has its database.

        Told to end meanwhile, it ends, for which the first process of a container needs a handler. Told later, it goes
        on: a key whose old value is withdrawn gets its new one.
        """
        before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        try:
            self._wait()
        finally:
            signal.signal(signal.SIGTERM, before)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                _, health = self.ask("GET", "/health/readiness")
                if health.get("db") == "connected":
                    return
                reason = f"its database is {health.get('db')}"
            except OSError as error:
                reason = str(error)
            if time.monotonic() > deadline:
                sys.exit(f"gateway not ready after {PATIENCE} s: {reason}")
            time.sleep(2)


def register(gateway: Gateway, alias: str, value: str, models: list[str]) -> str:
    """Bring one key to what is declared; returns what was done."""
    models = models or ["no-default-models"]  # LiteLLM reads an empty list as "every model"
    wanted: dict[str, object] = {"key": value, "key_alias": alias, "models": models}
    known = models_of(gateway, value)
    if known == models:
        # Not even an update: the gateway would forget the key until its next use, and cannot look it up again while its
        # database is away.
        return "is up to date"
    if known is not None:
        done, path = "updated", "/key/update"
    else:
        gateway.ask("POST", "/key/delete", {"key_aliases": [alias]})  # the value before a rotation, if there was one
        done, path = "registered", "/key/generate"
    status, answer = gateway.ask("POST", path, wanted)
    if status == OK:
        return done
    if path == "/key/generate" and models_of(gateway, value) is not None:
        return "was registered by another run at the same time"
    return sys.exit(f"{alias}: the gateway refused the key ({status}): {answer}")


def models_of(gateway: Gateway, value: str) -> list[str] | None:
    """Give the models of the gateway's key of that value, None where it has no such key."""
    # Asked for by the hash under which LiteLLM stores it: what stands in an address stands in access logs.
    hashed = hashlib.sha256(value.encode()).hexdigest()
    status, answer = gateway.ask("GET", f"/key/info?key={hashed}")
    if status not in (OK, *NOT_FOUND):
        sys.exit(f"the gateway answered {status} when asked for a key: {answer}")
    info = answer.get("info")
    # LiteLLM also finds keys that were deleted.
    if status != OK or not isinstance(info, dict) or info.get("status") == "deleted":
        return None
    return [str(model) for model in info.get("models") or ()]


def main(file: str) -> None:
    """Register every key of the file."""
    declared = json.loads(Path(file).read_text(encoding="utf-8"))
    gateway = Gateway(declared["gateway"], os.environ["MASTER_KEY"])
    gateway.wait()
    for key in declared["keys"]:
        models = [model["name"] for model in key["models"] if all(os.environ.get(name) for name in model["needs"])]
        done = register(gateway, key["alias"], os.environ[key["variable"]], models)
        sys.stdout.write(f"{key['alias']}: {done}, {len(models)} models\n")


if __name__ == "__main__":
    main(sys.argv[1])
