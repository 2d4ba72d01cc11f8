"""The addresses that can be dialled here: /ip4|ip6|dns*/HOST/tcp/PORT/p2p/PEER."""

from __future__ import annotations

from dataclasses import dataclass

HOSTS = ("ip4", "ip6", "dns", "dns4", "dns6")


@dataclass(frozen=True)
class Multiaddr:
    host: str
    port: int
    peer: str

    @classmethod
    def parse(cls, text: str) -> Multiaddr:
        parts = text.strip().split("/")
        if (len(parts) != 7 or parts[0] != "" or parts[1] not in HOSTS or parts[3] != "tcp"
                or not parts[4].isdigit() or parts[5] != "p2p"):
            raise ValueError(f"cannot dial {text!r}: expected /ip4/HOST/tcp/PORT/p2p/PEER")
        return cls(parts[2], int(parts[4]), parts[6])
