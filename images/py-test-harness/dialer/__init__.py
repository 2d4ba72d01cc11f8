"""A libp2p dialer in plain Python: TCP, multistream-select, Noise and yamux, enough to open streams
to any implementation and to check what comes back."""

from .connection import Connection, dial
from .multiaddr import Multiaddr

__all__ = ["Connection", "Multiaddr", "dial"]
