"""Free ports are free."""

from __future__ import annotations

import socket

from compose.ports import HIGHEST, LOOPBACK, LOWEST, answers, free_ports, is_free


def test_free_ports_are_different_and_free():
    ports = free_ports(6)
    assert len(set(ports)) == 6
    assert all(is_free(port) for port in ports)
    assert all(LOWEST <= port < HIGHEST for port in ports)


def test_a_port_somebody_listens_on_is_not_free_and_answers():
    [port] = free_ports(1)
    assert not answers(port)
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)
        assert answers(port)
