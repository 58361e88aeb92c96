"""The engine: some requests at once, one token after the other, all of it counted."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from threading import Semaphore
from typing import Final, TypeVar

from testnode.programs.vllm_server.metrics import Metrics

TOKEN_SECONDS: Final = 0.02
"""What an 8B model takes whose 16 GB of weights are read for each token, on a card that reads 864 GB/s (L40S)."""
CACHE_TOKENS: Final = 86_000
"""Tokens that the cache of keys and values holds: an 8B model on a card of 48 GB."""

Token = TypeVar("Token")


class Engine:
    """Gives tokens at its pace to so many requests at once; the others wait for their turn."""

    def __init__(self, metrics: Metrics, max_num_seqs: int, token_seconds: float = TOKEN_SECONDS) -> None:
        self._metrics = metrics
        self._places = Semaphore(max_num_seqs)
        self._pace = token_seconds

    def generate(self, prompt: int, tokens: Sequence[Token], reason: str) -> Generator[Token, None, None]:
        """Give the tokens one after the other; whoever stops taking them aborts the request.

        Args:
            prompt: tokens of the prompt.
            tokens: what is said.
            reason: why it ends after them: `stop` or `length`.

        """
        began = time.monotonic()
        with self._place(began), self._held(prompt + len(tokens)):
            self._metrics.add("prompt_tokens", prompt)
            self._metrics.add("prefix_cache_queries", prompt)
            finished = "abort"
            try:
                last = began
                for number, token in enumerate(tokens):
                    time.sleep(self._pace)
                    now = time.monotonic()
                    name = "inter_token_latency_seconds" if number else "time_to_first_token_seconds"
                    self._metrics.observe(name, now - last)
                    self._metrics.add("generation_tokens")
                    last = now
                    yield token
                finished = reason
            finally:
                self._metrics.finish(finished)
                self._metrics.observe("e2e_request_latency_seconds", time.monotonic() - began)

    @contextmanager
    def _place(self, began: float) -> Iterator[None]:
        """Wait for a place among the running requests and keep it."""
        self._metrics.add("num_requests_waiting")
        try:
            self._places.acquire()
        finally:
            self._metrics.add("num_requests_waiting", -1)
        self._metrics.observe("request_queue_time_seconds", time.monotonic() - began)
        self._metrics.add("num_requests_running")
        try:
            yield
        finally:
            self._metrics.add("num_requests_running", -1)
            self._places.release()

    @contextmanager
    def _held(self, tokens: int) -> Iterator[None]:
        """Take the tokens' share of the cache."""
        share = tokens / CACHE_TOKENS
        self._metrics.add("kv_cache_usage_perc", share)
        try:
            yield
        finally:
            self._metrics.add("kv_cache_usage_perc", -share)
