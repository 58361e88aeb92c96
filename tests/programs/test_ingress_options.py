"""The command line of the ingress controller."""

from __future__ import annotations

import pytest

from testnode.programs.nginx_ingress.options import Options, read

NEEDED = (
    "-nginx-configmaps=ai-lab/nginx-config",
    "-watch-namespace=ai-lab",
    "-enable-custom-resources=false",
    "-enable-leader-election=false",
    "-enable-telemetry-reporting=false",
)


def test_flags_that_are_not_given_have_the_real_ones_defaults() -> None:
    assert read(NEEDED) == Options(
        config_map=("ai-lab", "nginx-config"),
        namespace="ai-lab",
        secret_namespace="ai-lab",
        ingress_class="nginx",
        http_port=80,
        https_port=443,
        ready_port=8081,
        status_port=8080,
        status_cidrs=("127.0.0.1", "::1"),
        ipv6=True,
    )


def test_flags_are_read_with_one_dash_or_two_and_switches_stand_alone() -> None:
    words = (
        *NEEDED,
        "--ingress-class=lab",
        "-watch-secret-namespace=kube-public",
        "-default-http-listener-port=8080",
        "-default-https-listener-port=8443",
        "-ready-status-port=8082",
        "-nginx-status=false",
        "-nginx-status-allow-cidrs=10.0.0.0/8",
        "-disable-ipv6",
        "-log-format=json",
    )
    assert read(words) == Options(
        config_map=("ai-lab", "nginx-config"),
        namespace="ai-lab",
        secret_namespace="kube-public",
        ingress_class="lab",
        http_port=8080,
        https_port=8443,
        ready_port=8082,
        status_port=None,
        status_cidrs=("10.0.0.0/8",),
        ipv6=False,
    )


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("-no-such-flag", "unrecognized arguments: -no-such-flag"),
        ("-enable-snippets", "-enable-snippets: the stand-in can only do false"),
        ("-enable-custom-resources", "-enable-custom-resources: the stand-in can only do false"),
        ("-ready-status=false", "-ready-status: the stand-in can only do true"),
        ("-default-http-listener-port=80", "80 is not from 1024 to 65535"),
        ("-nginx-configmaps=nginx-config", "-nginx-configmaps: must be of the form namespace/name"),
        ("-watch-namespace=a,b", "-watch-namespace: the stand-in watches exactly one namespace"),
    ],
)
def test_a_flag_that_is_unknown_or_not_possible_ends_the_program(
    word: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read((*NEEDED, word))
    assert ended.value.code == 2
    assert why in capsys.readouterr().err
