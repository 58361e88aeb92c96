"""`python -m tests.cloud.rehearsal VERB ...`: a verb of `./lab` against clouds and a machine that are pretended.

Nothing is rented, no key is needed, and an `up` takes seconds: the pretended world has its own clock, by which time
passes only where somebody waits. It is kept from one command to the next in a folder of the cache, with all that the
command remembers; delete the folder to begin anew. The lab is the checkout's own, with a tailnet and an ssh key where
it has none yet. With `--slow` before the verb an `up` takes about a minute, so that it can be stopped on its way.
"""

import sys

from infra import streams
from infra.interruption import heeded

if __name__ == "__main__":
    streams.hold()
    with heeded():  # already while the rest is imported, as `./lab` does
        from tests.cloud.stage import main

        main(sys.argv[1:])
