"""Noise_XX_25519_ChaChaPoly_SHA256 as libp2p uses it, the side that dials.

https://noiseprotocol.org/noise.html and https://github.com/libp2p/specs/tree/master/noise
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Optional

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .multistream import Bytes, varint

NAME = b"Noise_XX_25519_ChaChaPoly_SHA256"
SIGNED = b"noise-libp2p-static-key:"
LARGEST = 65535
TAG = 16
ED25519 = 1
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def raw(key: object) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)  # type: ignore[attr-defined]


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def peer_id(public_key: bytes) -> str:
    """Of a key in its protobuf form: itself where it is short, its digest otherwise."""
    if len(public_key) <= 42:
        return base58(b"\x00" + varint(len(public_key)) + public_key)
    return base58(b"\x12\x20" + hashlib.sha256(public_key).digest())


def fields(message: bytes) -> dict[int, bytes]:
    """A protobuf message of numbers and byte strings; of a repeated field the last one."""
    found: dict[int, bytes] = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            found[tag >> 3] = bytes([number()])
        elif tag & 7 == 2:
            size = number()
            found[tag >> 3] = message[at:at + size]
            at += size
        else:
            raise ValueError(f"field {tag >> 3} has wire type {tag & 7}")
    return found


def field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(value)) + value


class Cipher:
    def __init__(self, key: bytes) -> None:
        self.aead = ChaCha20Poly1305(key)
        self.count = 0

    def nonce(self) -> bytes:
        self.count += 1
        return bytes(4) + (self.count - 1).to_bytes(8, "little")

    def encrypt(self, text: bytes, also: bytes = b"") -> bytes:
        return self.aead.encrypt(self.nonce(), text, also)

    def decrypt(self, text: bytes, also: bytes = b"") -> bytes:
        return self.aead.decrypt(self.nonce(), text, also)


class Handshake:
    """The symmetric state of the Noise specification, section 5.2."""

    def __init__(self) -> None:
        self.digest = self.chain = NAME  # of 32 bytes, so it is its own digest
        self.cipher: Optional[Cipher] = None
        self.mix_hash(b"")

    def mix_hash(self, data: bytes) -> None:
        self.digest = hashlib.sha256(self.digest + data).digest()

    def derive(self, secret: bytes) -> tuple[bytes, bytes]:
        key = hmac.digest(self.chain, secret, "sha256")
        first = hmac.digest(key, b"\x01", "sha256")
        return first, hmac.digest(key, first + b"\x02", "sha256")

    def mix_key(self, secret: bytes) -> None:
        self.chain, key = self.derive(secret)
        self.cipher = Cipher(key)

    def encrypt(self, text: bytes) -> bytes:
        sent = self.cipher.encrypt(text, self.digest) if self.cipher else text
        self.mix_hash(sent)
        return sent

    def decrypt(self, got: bytes) -> bytes:
        text = self.cipher.decrypt(got, self.digest) if self.cipher else got
        self.mix_hash(got)
        return text


class Secured:
    """A channel after the handshake. `peer` is who is at the other end, proved by signature."""

    def __init__(self, channel: Bytes) -> None:
        self.channel = channel
        self.buffer = bytearray()
        identity, ours = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        ephemeral = X25519PrivateKey.generate()
        state = Handshake()

        state.mix_hash(raw(ephemeral.public_key()))
        self.send_frame(raw(ephemeral.public_key()) + state.encrypt(b""))

        got = self.read_frame()
        their_ephemeral = X25519PublicKey.from_public_bytes(got[:32])
        state.mix_hash(got[:32])
        state.mix_key(ephemeral.exchange(their_ephemeral))
        their_static = state.decrypt(got[32:32 + 32 + TAG])
        state.mix_key(ephemeral.exchange(X25519PublicKey.from_public_bytes(their_static)))
        self.peer = self.verified(state.decrypt(got[32 + 32 + TAG:]), their_static)

        static = state.encrypt(raw(ours.public_key()))
        state.mix_key(ours.exchange(their_ephemeral))
        key = bytes([1 << 3, ED25519]) + field(2, raw(identity.public_key()))
        signature = identity.sign(SIGNED + raw(ours.public_key()))
        self.send_frame(static + state.encrypt(field(1, key) + field(2, signature)))

        sending, receiving = state.derive(b"")
        self.sending, self.receiving = Cipher(sending), Cipher(receiving)

    @staticmethod
    def verified(payload: bytes, static: bytes) -> str:
        message = fields(payload)
        key = fields(message[1])
        if key[1] != bytes([ED25519]):
            raise ValueError(f"an identity key of type {key[1][0]}; only Ed25519 is known here")
        Ed25519PublicKey.from_public_bytes(key[2]).verify(message[2], SIGNED + static)
        return peer_id(message[1])

    def send_frame(self, frame: bytes) -> None:
        self.channel.write(len(frame).to_bytes(2, "big") + frame)

    def read_frame(self) -> bytes:
        return self.channel.read_exactly(int.from_bytes(self.channel.read_exactly(2), "big"))

    def write(self, data: bytes) -> None:
        for at in range(0, len(data), LARGEST - TAG):
            self.send_frame(self.sending.encrypt(data[at:at + LARGEST - TAG]))

    def read_exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self.buffer += self.receiving.decrypt(self.read_frame())
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data
