"""`python -m infra`: what the wrapper `./lab` starts."""

from infra.cli import main

main()
