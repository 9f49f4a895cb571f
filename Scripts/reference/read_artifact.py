#!/usr/bin/env python3
"""Reads an artifact and verifies every byte of it, by Docs/reference/artifact-format.md alone. Prints its contents as JSON.

Needs Python 3.9 and libzstd (libzstd.so.1).
"""

import ctypes
import ctypes.util
import hashlib
import json
import struct
import sys

FRAME = 1 << 20
FORMS = {"u8": "B", "u32": "I", "u64": "Q", "i32": "i", "i64": "q", "f32": "f", "f64": "d"}
CRC_TABLE = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
    CRC_TABLE.append(number)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def unpack(frame, size):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    raw = ctypes.create_string_buffer(max(size, 1))
    made = zstd.ZSTD_decompress(raw, ctypes.c_size_t(size), frame, ctypes.c_size_t(len(frame)))
    assert made == size, "a frame unpacks to another size"
    return raw.raw[:size]


class Artifact:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = data = file.read()
        assert data[:8] == b"\x89TNDM\r\n\x1a", "not an artifact"
        container, version = struct.unpack("<II", data[8:16])
        offset, length, total = struct.unpack("<QQQ", data[48:72])
        assert container == 1 and total == len(data) == offset + length, "another version, or cut short"
        assert not any(data[104:124]) and crc32c(data[:124]) == struct.unpack("<I", data[124:128])[0], "preamble"
        assert hashlib.sha256(data[offset:]).digest() == data[72:104], "header"
        self.header = header = json.loads(data[offset:])
        assert canonical(header) == data[offset:], "the header is not canonical"
        assert (header["type"].encode().ljust(32, b"\0"), header["version"]) == (data[16:48], version), "type"
        place = 128
        self.raw = {}
        for section in header["sections"]:
            start, end = section["offset"], section["offset"] + section["stored"]
            assert start % 64 == 0 and 0 <= start - place < 64 and not any(data[place:start]), "a hole"
            self.raw[section["name"]] = self.check(section, data[start:end])
            place = end
        assert 0 <= offset - place < 64 and not any(data[place:offset]), "a hole before the header"
        fields = [{key: s[key] for key in ("name", "sha256", "shape", "type")} for s in header["sections"]]
        name = {key: header[key] for key in ("type", "version", "schema")}
        assert hashlib.sha256(canonical({**name, "sections": fields})).hexdigest() == header["digest"], "digest"

    @staticmethod
    def check(section, stored):
        assert len(stored) == section["stored"] and crc32c(stored) == section["crc32c"], section["name"]
        raw = stored
        if section["codec"] == "zstd":
            raw, place = b"", 0
            for length in section["frames"]:
                raw += unpack(stored[place:place + length], min(FRAME, section["raw"] - len(raw)))
                place += length
        assert len(raw) == section["raw"] and hashlib.sha256(raw).hexdigest() == section["sha256"], section["name"]
        size = struct.calcsize(FORMS[section["type"]])
        for extent in section["shape"]:
            size *= extent
        assert size == len(raw), section["name"]
        return raw

    def values(self, name):
        form = FORMS[next(s["type"] for s in self.header["sections"] if s["name"] == name)]
        return [value for (value,) in struct.iter_unpack("<" + form, self.raw[name])]

    def words(self, name):
        offsets, text = self.values(name + "/offsets"), self.raw[name + "/bytes"]
        words = [text[start:end].decode() for start, end in zip(offsets, offsets[1:])]
        return [words[code] for code in self.values(name)]

    def column(self, name, kind):
        if kind == "text":
            return self.words(name)
        if kind == "text-list":
            starts, items = self.values(name + "/starts"), self.words(name)
            return [items[start:end] for start, end in zip(starts, starts[1:])]
        present = self.values(name + "/present") if name + "/present" in self.raw else None
        return [None if present and not present[row] else value for row, value in enumerate(self.values(name))]

    def tables(self):
        for table in self.header["schema"].get("tables", []):
            columns = [(c["name"], self.column(f"{table['name']}/{n}", c["kind"])) for n, c in enumerate(table["columns"])]
            assert all(len(values) == table["rows"] for _, values in columns)
            yield table["name"], [{name: values[row] for name, values in columns} for row in range(table["rows"])]


if __name__ == "__main__":
    artifact = Artifact(sys.argv[1])
    tables = {name: rows for name, rows in artifact.tables()}
    print(json.dumps({"digest": artifact.header["digest"], "type": artifact.header["type"], "tables": tables}))
