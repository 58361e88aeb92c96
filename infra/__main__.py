"""`python -m infra`: what the wrapper `./lab` starts."""

import sys

from infra import cdk8s_ahead

if sys.argv[1:] == ["synth"]:
    cdk8s_ahead.begin()  # before the next line, whose imports take as long

from infra.cli import main

main()
