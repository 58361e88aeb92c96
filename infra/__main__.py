"""`python -m infra`: what the wrapper `./lab` starts."""

import sys

from infra import streams
from infra.interruption import heeded

streams.hold()
with heeded():  # already while the rest is imported, which takes longer than a finger needs to Ctrl-C
    if sys.argv[1:] == ["synth"]:
        from infra import cdk8s_ahead

        cdk8s_ahead.begin()  # before the next line, whose imports take as long

    from infra.cli import main

    main()
