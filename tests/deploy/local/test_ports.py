"""Ports: kept, and chosen again only when another program has them."""

import socket
from collections.abc import Iterator

import pytest

from deploy.local.home import Home
from deploy.local.ports import (
    NAMES,
    choose_free_port,
    choose_ports,
    find_free_port,
    is_free,
    read_ports,
    wished_port,
)


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port that another program listens on."""
    with socket.create_server(("127.0.0.1", choose_free_port([]))) as listening:
        yield listening.getsockname()[1]


def test_a_port_that_is_listened_on_is_not_free(taken: int) -> None:
    assert not is_free(taken)
    assert find_free_port(taken) > taken


def test_every_name_gets_a_port_of_its_own_and_keeps_it(home: Home) -> None:
    home.make()
    chosen = choose_ports(home, gateway_port=None)
    assert set(chosen) == set(NAMES)
    assert len(set(chosen.values())) == len(NAMES)
    assert choose_ports(home, gateway_port=None) == chosen == read_ports(home)


def test_a_kept_port_that_is_taken_is_chosen_again(home: Home) -> None:
    home.make()
    chosen = choose_ports(home, gateway_port=None)
    with socket.create_server(("127.0.0.1", chosen["loop"])):
        again = choose_ports(home, gateway_port=None)
    assert again["loop"] != chosen["loop"]
    assert {name: port for name, port in again.items() if name != "loop"} == {
        name: port for name, port in chosen.items() if name != "loop"
    }


def test_the_gateway_takes_another_port_while_the_usual_one_is_taken(home: Home, taken: int) -> None:
    home.make()
    assert choose_ports(home, gateway_port=taken)["gateway"] > taken


def test_the_gateway_takes_the_usual_port_as_soon_as_it_is_free(home: Home) -> None:
    home.make()
    usual = choose_free_port([])
    with socket.create_server(("127.0.0.1", usual)):
        assert choose_ports(home, gateway_port=usual)["gateway"] != usual
    assert choose_ports(home, gateway_port=usual)["gateway"] == usual


@pytest.mark.parametrize(
    ("settings", "port"), [({}, 8080), ({"DOORWAY_PORT": ""}, 8080), ({"DOORWAY_PORT": "9000"}, 9000)]
)
def test_the_port_of_the_gateway_is_wished_as_in_containers(settings: dict[str, str], port: int) -> None:
    assert wished_port(settings) == port


@pytest.mark.parametrize("wish", ["0", "65536", "-1", "http", "80 80", "\u0663"])
def test_what_is_no_port_is_named(wish: str) -> None:
    with pytest.raises(ValueError, match="DOORWAY_PORT is"):
        wished_port({"DOORWAY_PORT": wish})
