"""Reads the pictures that a browser writes: PNG, 8 bits a channel, not interlaced."""

import struct
import zlib


def pixels(data):
    """Rows of (red, green, blue)."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0) and colour in (2, 6)
        elif kind == b"IDAT":
            parts += body
        at += 12 + length
    step = 3 if colour == 2 else 4
    return rows(zlib.decompress(parts), width, height, step)


def rows(raw, width, height, step):
    result, above, size = [], bytearray(width * step), width * step
    for y in range(height):
        begin = y * (size + 1)
        line = bytearray(raw[begin + 1:begin + 1 + size])
        undo(raw[begin], line, above, step)
        result.append([tuple(line[x:x + 3]) for x in range(0, size, step)])
        above = line
    return result


def undo(filter_type, line, above, step):
    for x in range(len(line)):
        left = line[x - step] if x >= step else 0
        if filter_type == 1:
            line[x] = line[x] + left & 255
        elif filter_type == 2:
            line[x] = line[x] + above[x] & 255
        elif filter_type == 3:
            line[x] = line[x] + (left + above[x]) // 2 & 255
        elif filter_type == 4:
            corner = above[x - step] if x >= step else 0
            line[x] = line[x] + nearest(left, above[x], corner) & 255


def nearest(left, above, corner):
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
