#!/bin/sh
# Stands in for prod_entrypoint.sh of the LiteLLM image.
exec litellm "$@"
