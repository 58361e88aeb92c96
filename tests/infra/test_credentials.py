"""The keys of the clouds: where they come from, and that they are not shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import infra.credentials
from infra.credentials import REPAIRS, oauth_client, require, tailnet_api, token
from infra.errors import LabError
from tests.canaries import Search


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin without any; the file is where .env would be."""
    for name in REPAIRS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(infra.credentials, "ENV_FILE", tmp_path / ".env")
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            "",
            (
                "DIGITALOCEAN_TOKEN: missing; make a token at https://cloud.digitalocean.com/account/api/tokens; put "
                "it into .env or the environment"
            ),
        ),
        (
            "DIGITALOCEAN_TOKEN=a",
            (
                "TAILSCALE_CLIENT_ID: missing; make an OAuth client with the scopes auth_keys and devices:core and the "
                "tag tag:gpu-lab at https://login.tailscale.com/admin/settings/oauth; TAILSCALE_CLIENT_SECRET: "
                "missing; Tailscale shows it once, when the OAuth client is made; put them into .env or the environment"
            ),
        ),
        (
            "DIGITALOCEAN_TOKEN=a\nTAILSCALE_CLIENT_ID=b\nTAILSCALE_CLIENT_SECRET=",
            (
                "TAILSCALE_CLIENT_SECRET: missing; Tailscale shows it once, when the OAuth client is made; put it into "
                ".env or the environment"
            ),
        ),
    ],
    ids=["all", "client", "secret"],
)
def test_what_is_missing_is_named_with_where_it_comes_from(file: Path, given: str, line: str) -> None:
    file.write_text(given, encoding="utf-8")
    with pytest.raises(LabError) as caught:
        token(), oauth_client()
    assert str(caught.value) == line


def test_what_up_needs_is_named_all_at_once_and_in_one_line(file: Path) -> None:
    with pytest.raises(LabError) as caught:
        require()
    [line] = str(caught.value).splitlines()
    assert [name for name in REPAIRS if f"{name}: missing; {REPAIRS[name]}" not in line] == []
    assert line.endswith("; put them into .env or the environment")
    file.write_text("".join(f"{name}=x\n" for name in REPAIRS), encoding="utf-8")
    require()


@pytest.mark.parametrize("value", ["tok en", "token\n", "tok\u2026en", "\u0442oken", "tok\x07en"])
def test_a_token_that_was_copied_wrongly_is_told_and_not_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    file.write_text("TAILSCALE_CLIENT_ID=client", encoding="utf-8")
    for name, read in (("DIGITALOCEAN_TOKEN", token), ("TAILSCALE_CLIENT_SECRET", oauth_client)):
        monkeypatch.setenv(name, value)
        with pytest.raises(LabError) as caught:
            read()
        assert str(caught.value) == f"{name}: has a character that no token has; copy it again"


def test_the_environment_wins_over_the_file_and_no_value_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(
        "DIGITALOCEAN_TOKEN=token-canary\nTAILSCALE_CLIENT_ID=client\nTAILSCALE_CLIENT_SECRET=old", encoding="utf-8"
    )
    monkeypatch.setenv("TAILSCALE_CLIENT_SECRET", "secret-canary")
    found, client = token(), oauth_client()
    assert (found.value, client.id, client.secret) == ("token-canary", "client", "secret-canary")
    assert "canary" not in repr((found, client))


def test_a_file_in_another_encoding_is_told_and_not_shown(file: Path) -> None:
    file.write_bytes(b"DIGITALOCEAN_TOKEN=token-canary\n# caf\xe9\n")
    with pytest.raises(LabError) as caught:
        token()
    assert str(caught.value) == f"{file}: is not UTF-8; save the file in that encoding"
    assert Search(("token-canary",)).in_error(caught.value) == []


def test_a_line_that_gives_nothing_is_told_and_what_stands_in_it_is_not_shown(file: Path) -> None:
    file.write_text("# mine\nDIGITALOCEAN_TOKEN: token-canary\n", encoding="utf-8")
    with pytest.raises(LabError) as caught:
        token()
    assert str(caught.value) == f"{file}: line 2: gives nothing; write NAME=value"
    assert Search(("token-canary",)).in_error(caught.value) == []


@pytest.mark.parametrize("address", ["nonsense", "http:/api", "ftp://api.example", "http://", "http://[x"])
def test_what_is_no_address_of_an_api_is_told_with_the_companys_own(
    file: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    file.write_text("DIGITALOCEAN_TOKEN=token", encoding="utf-8")
    apis: list[tuple[str, Callable[[], object], str]] = [
        ("DIGITALOCEAN_API_URL", token, "https://api.digitalocean.com/v2/"),
        ("TAILSCALE_BASE_URL", tailnet_api, "https://api.tailscale.com/api/v2/"),
    ]
    for variable, read, usual in apis:
        monkeypatch.setenv(variable, address)
        with pytest.raises(LabError) as caught:
            read()
        assert str(caught.value) == f"{variable}: {address} is no address; unset it, or write one such as {usual}"


@pytest.mark.parametrize("own", ["", None], ids=["empty", "unset"])
def test_where_no_address_is_named_the_companies_own_are_asked(
    file: Path, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    file.write_text("DIGITALOCEAN_TOKEN=token", encoding="utf-8")
    for variable in ("DIGITALOCEAN_API_URL", "TAILSCALE_BASE_URL"):
        if own is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, own)
    assert (token().api, tailnet_api()) == ("https://api.digitalocean.com/v2/", "https://api.tailscale.com/api/v2/")


@pytest.mark.parametrize(("mode", "told"), [(0o600, []), (0o644, ["others of this machine may read it"])])
def test_a_file_that_others_may_read_is_told_once(
    file: Path, capsys: pytest.CaptureFixture[str], mode: int, told: list[str]
) -> None:
    file.write_text("".join(f"{name}=a\n" for name in REPAIRS), encoding="utf-8")
    file.chmod(mode)
    token()
    require()
    said = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].partition(",")[0] for line in said] == told
