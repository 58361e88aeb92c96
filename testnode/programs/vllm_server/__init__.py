"""An HTTP server that takes vLLM's command line and answers as vLLM 0.31.0 does; nothing is computed."""
