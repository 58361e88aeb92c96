"""Grafana's dashboards: what each shows, as values. `./lab docs` writes them for `ailab.dashboards`."""

from infra.dashboards import gateway, gpu, inference, lab

BOARDS = (gateway.BOARD, inference.BOARD, gpu.BOARD, lab.BOARD)
