"""The ways of a lab: up, park, down. Each can be cut off anywhere and called again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ailab.spec import LabSpec
from infra.cloud.actions import DestroyDroplet, LeaveTailnet
from infra.cloud.adoption import labs
from infra.cloud.clock import Clock, Deadline
from infra.cloud.convergence import check_namesakes, plan
from infra.cloud.execution import PAUSE, Doing, Executor, Order
from infra.cloud.failure import MissingError
from infra.cloud.identity import Identity
from infra.cloud.membership import Membership
from infra.cloud.observation import SETTLE, Observer
from infra.cloud.observed import Observed
from infra.cloud.preflight import (
    check_account,
    check_lab,
    check_login,
    check_owner,
    check_region,
    check_tailnet,
    find_key,
)
from infra.cloud.prospect import Prospect
from infra.cloud.provider import Cloud
from infra.cloud.record import Record
from infra.cloud.resources import Account
from infra.cloud.state import Kind
from infra.cloud.steps import Host, Target
from infra.cloud.tailnet import Tailnet
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError

# Seconds, by estimate, as nothing was rented yet: ssh after "active"; kexec, disko, nixos-install; models and images.
STEPS: Final = {"reach": 60.0, "install": 600.0, "hand_over": 10.0, "ship": 120.0, "wait": 600.0, "rest": 60.0}

END_LIMIT: Final = 300.0
"""Seconds after which a droplet whose end was asked for and that is still there is taken to stay. How long an end takes
at DigitalOcean is not documented; `up` on a droplet that ends after this fails, and the next one orders another."""


@dataclass(frozen=True)
class Journey:
    """One lab and all that its ways touch.

    Attributes:
        lab: the lab.
        cloud: DigitalOcean.
        tailnet: the tailnet that its machine joins.
        host: the machine itself.
        record: what is remembered of it.
        clock: what time it is.
        identity: the operator's private ssh key.
        doing: shows what is being done.
        settle: seconds that what was just asked for is waited for.

    """

    lab: LabSpec
    cloud: Cloud
    tailnet: Tailnet
    host: Host
    record: Record
    clock: Clock
    identity: Path
    doing: Doing = lambda _what, _seconds: nullcontext()
    settle: float = SETTLE

    def prospect(self, goal: Goal) -> Prospect:
        """Look, and say what would be done; nothing is made or changed.

        Raises:
            LabError: it cannot be done; the message says why and what helps.

        """
        if goal is Goal.RUNNING:
            check_tailnet(self.lab)
            check_login(self.lab, self.identity)
            self.host.check(self.lab)
        self.record.forgiving = goal is not Goal.RUNNING
        self.record.read()
        account, there = self.admitted()
        if self.record.known is None:
            if goal is not Goal.RUNNING:
                return self._unknown(goal, account)
            self.record.begin(Identity.new(self.lab.name), account.owner)
        wanted = Wanted.of(self.lab, self.record.state.identity, goal)
        if goal is Goal.RUNNING:
            check_account(account, there, self.clock)
            check_region(self.cloud, wanted)
        key = find_key(self.cloud, self.identity).id if goal is Goal.RUNNING else None
        if goal is Goal.RUNNING:
            self._await_end()
        observed = self._look(goal)
        if goal is Goal.RUNNING:
            observed = observed.after_its_end
            # Before a machine is rented that could not read the volume, or is asked that nothing here knows.
            if lacking := self.lacking(observed):
                raise LabError(lacking)
        if not (observed.droplet or observed.volume):
            check_namesakes(self.lab.name, observed)  # what is billed under the name is not said to be gone
        return Prospect(wanted, observed, plan(wanted, observed), key)

    def _await_end(self) -> None:
        """Wait for the end of a droplet that was asked for before: what is to be done depends on it.

        One that is there after `END_LIMIT` stays: whoever was to ask was cut off before the request left. Who only
        looks does not wait.
        """
        ending = self.record.ending
        if ending is None or ending.id is None or not self.settle:
            return
        age = (self.clock.now() - ending.at).total_seconds()
        deadline = Deadline(self.clock, min(END_LIMIT, max(0.0, END_LIMIT - age)))
        what = f"the end of droplet {self.record.state.identity.name}, which was asked for"
        with self.doing(what, DestroyDroplet.seconds), suppress(MissingError):
            while self.cloud.droplet(int(ending.id)):
                if not deadline.pause(PAUSE):
                    self.record.spare(Kind.DROPLET)
                    return

    def _unknown(self, goal: Goal, account: Account) -> Prospect:
        """Make sure that what is not known here is not there, too: there is nothing to be done about it then.

        Raises:
            LabError: it is there.

        """
        if found := labs(self.cloud, self.lab.name):
            things = ", ".join(thing for each in found.values() for thing in each)
            message = f"nothing is known here of {self.lab.name}, but the account has {things}; first ./lab adopt"
            raise LabError(message)
        self.record.begin(Identity.new(self.lab.name), account.owner)
        return Prospect(Wanted.of(self.lab, self.record.state.identity, goal), self._look(goal), ())

    def agreed(self, prospect: Prospect) -> Prospect:
        """Look once more at what somebody has thought about; returns the same, as it is now.

        Raises:
            LabError: it cannot be found out, or something else would be done now.

        """
        now = replace(prospect, observed=self._look(prospect.wanted.goal))
        if plan(now.wanted, now.observed) != now.actions or now.choices != prospect.choices:
            message = "what there is has changed since it was shown, and nothing was done; give the command again"
            raise LabError(message)
        return now

    def admitted(self) -> tuple[Account, datetime]:
        """Say whose token it is, and DigitalOcean's time.

        Raises:
            LabError: the lab is in another account, or what is remembered is of another lab.

        """
        account, there = self.cloud.account()
        check_lab(self.lab.name, self.record.folder, self.record.known)
        check_owner(account, self.record.known)
        return account, there

    def look(self, goal: Goal = Goal.RUNNING, *, tailnet: bool = True) -> Observed:
        """Say what is there, and what can be had at what price.

        Args:
            goal: what the lab shall be; the tailnet is asked only for a lab that runs.
            tailnet: whether it is asked then.

        Raises:
            LabError: it cannot be found out, or the lab is in another account.

        """
        account, _ = self.admitted()
        if self.record.known is None:
            self.record.begin(Identity.new(self.lab.name), account.owner)
        return self._look(goal, tailnet=tailnet)

    def absent(self, seen: Observed) -> tuple[str, ...]:
        """Name the files that a lab which has a volume needs here, and that are not here."""
        running = seen.droplet is not None and seen.droplet.running
        return self.host.lacks(self.record.folder, machine=running) if seen.volume else ()

    def lacking(self, seen: Observed) -> str | None:
        """Say in a line which of them are not here, and how they come back; None where all are."""
        folder, absent = self.record.folder, self.absent(seen)
        if not absent:
            return None
        there = seen.droplet and seen.droplet.running and seen.droplet.address
        otherwise = self.host.recovery(folder, self._target(seen) if there else None)
        named = " and no ".join(absent)
        return (
            f"{folder}: has no {named}, without which ./lab up cannot go on; copy the folder from where the lab was "
            f"started, or {otherwise}"
        )

    def up(self, prospect: Prospect) -> Observed:
        """Bring the lab to where it runs.

        Raises:
            LabError: some step failed; what was done stays, and another `up` goes on from there.

        """
        key = prospect.key
        if prospect.observed.volume is None:
            self.record.keep()
            self.host.make_keys(self.lab, self.record.folder)
        order = Order(key, lambda: self.host.user_data(self.lab, self.record.folder)) if key is not None else None
        seen = self._executor.converge(prospect.wanted, prospect.observed, order)
        target = self._target(seen)
        self._step("reach", lambda: self.host.reach(target))
        self._step("install", lambda: self.host.install(target))
        self._step("hand_over", lambda: self._join(target, seen))
        self._step("ship", lambda: self.host.ship(target))
        self._step("wait", lambda: self.host.wait(target))
        return replace(seen, devices=self.tailnet.devices(self.lab.name))

    def leave(self, prospect: Prospect, *, at_once: bool = False) -> Observed:
        """Park the lab or end it, as the prospect says.

        Args:
            prospect: what `prospect` returned.
            at_once: do not let the machine write what it has in memory; what was written last may be lost.

        Raises:
            LabError: some step failed; another call goes on from there.

        """
        if prospect.empty:
            return prospect.observed
        droplet = prospect.observed.droplet
        # Before its end was asked for it was let rest, or was not to be.
        if droplet and droplet.running and not at_once and not prospect.observed.ends(droplet):
            self._rest(prospect)
        if prospect.wanted.goal is not Goal.PARKED and prospect.observed.joined:
            self.record.join()  # what tells so otherwise is gone before the tailnet is left
        seen = self._executor.converge(prospect.wanted, prospect.observed)
        kinds = {type(action) for action in prospect.actions}
        # Where nothing but a place in the tailnet was left, the lists may have been wrong: the lab stays known.
        if prospect.wanted.goal is not Goal.PARKED and not seen.volume and kinds != {LeaveTailnet}:
            self.record.end()
        self.record.settle()
        return seen

    def _rest(self, prospect: Prospect) -> None:
        """Let the machine say what it alone knows, and save what it alone has."""
        target = self._target(prospect.observed)
        if prospect.observed.joined:
            Membership(self.tailnet, self.record).learn_if_possible(lambda: self.host.member(target))
        if prospect.wanted.goal is Goal.ERASED:  # where the data is deleted, too, there is nothing to save
            return
        try:
            self._step("rest", lambda: self.host.rest(target))
        except LabError as error:
            verb = "park" if prospect.wanted.goal is Goal.PARKED else "down"
            message = f"{error}; ./lab {verb} --at-once ends the droplet without saving what is in memory"
            raise LabError(message) from None

    def _look(self, goal: Goal, *, tailnet: bool = True) -> Observed:
        return replace(self._observer.look(goal, tailnet=tailnet), sizes=self.cloud.sizes())

    @property
    def _observer(self) -> Observer:
        return Observer(self.cloud, self.tailnet, self.record, self.clock, self.settle)

    @property
    def _executor(self) -> Executor:
        return Executor(self.cloud, self.tailnet, self.record, self.clock, self._observer, self.doing)

    def _target(self, seen: Observed) -> Target:
        if seen.droplet is None or seen.droplet.address is None:
            message = "a target is a droplet that runs"
            raise AssertionError(message)
        return Target(self.lab, seen.droplet.address, self.record.folder, self.identity)

    def _join(self, target: Target, seen: Observed) -> None:
        """Hand over with a key where the machine needs one, and keep by which id the tailnet knows the machine then."""
        place = Membership(self.tailnet, self.record)
        key = place.key(seen, lambda: self.host.member(target))
        self.host.hand_over(target, key)
        if key:
            place.learn(lambda: self.host.member(target))

    def _step(self, name: str, step: Callable[[], None]) -> None:
        with self.doing(name.replace("_", " "), STEPS[name]):
            step()
