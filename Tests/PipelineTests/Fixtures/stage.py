#!/usr/bin/env python3
"""A stage for the tests of the runner, written from the stage contract and the artifact format in Docs/reference alone.

Its output is a note that tells what it was given, so that other inputs and params give other contents.
"""

import contextlib
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import time

# What it can do depends on the name that it is called by.
NAME = os.path.basename(sys.argv[0])
PORT = {"type": "note", "version": 1}
DESCRIPTION = {
    "contract": 1,
    "stage": "note",
    "version": 1,
    "summary": "Write a note.",
    "work": True,
    "blocks": NAME != "undivided.py",
    "check": NAME == "careful.py",
    "inputs": [
        {"name": "a", **PORT, "optional": True},
        {"name": "b", **PORT, "optional": True},
        {"name": "raw", "type": "source", "version": 0, "optional": True},
    ],
    "outputs": [{"name": "out", **PORT, "optional": False}, {"name": "more", **PORT, "optional": True}],
    "params": [
        {"name": "text", "type": "text", "list": False, "choices": [], "default": "", "help": "Any words."},
        {"name": "maybe", "type": "text", "list": False, "choices": [], "default": None, "help": "Words or none."},
        {"name": "count", "type": "integer", "list": False, "choices": [], "default": 1, "help": "How many."},
        {"name": "rate", "type": "number", "list": False, "choices": [], "default": 0.5, "help": "How much."},
        {"name": "flag", "type": "boolean", "list": False, "choices": [], "default": False, "help": "Whether."},
        {"name": "words", "type": "text", "list": True, "choices": [], "default": [], "help": "Several words."},
        {"name": "comment", "type": "text", "list": False, "choices": [], "default": "", "help": "Changes nothing."},
        {
            "name": "mode", "type": "choice", "list": False, "default": "ok", "help": "How to behave.",
            "choices": ["ok", "fail", "crash", "sleep", "stubborn", "orphan", "missing", "wrong-type", "damaged",
                        "extra", "backup", "later", "noisy", "broken-text", "environment", "time", "rewrite", "edit", "pause",
                        "flaky", "escape", "leave", "steps", "touch", "fail-block"],
        },
    ],
}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def write(path, content, kind="note", version=1):
    """One artifact with one raw section of bytes."""
    sha = hashlib.sha256(content).hexdigest()
    identity = {"name": "text", "type": "u8", "shape": [len(content)], "sha256": sha}
    section = {
        "name": "text", "type": "u8", "shape": [len(content)], "codec": "raw", "offset": 128, "stored": len(content),
        "raw": len(content), "crc32c": crc32c(content), "sha256": sha, "frames": [],
    }
    name = {"type": kind, "version": version, "schema": {}, "sections": [identity]}
    header = canonical({
        "type": kind, "version": version, "digest": hashlib.sha256(canonical(name)).hexdigest(), "schema": {},
        "sections": [section], "summary": [],
        "lineage": {"stage": "note", "stage_version": 1, "params": {}, "inputs": {}},
    })
    padding = b"\0" * (-len(content) % 64)
    offset = 128 + len(content) + len(padding)
    preamble = b"\x89TNDM\r\n\x1a" + struct.pack("<II", 1, version) + kind.encode().ljust(32, b"\0")
    preamble += struct.pack("<QQQ", offset, len(header), offset + len(header)) + hashlib.sha256(header).digest()
    preamble += b"\0" * 20
    preamble += struct.pack("<I", crc32c(preamble))
    with open(path, "wb") as file:
        file.write(preamble + content + padding + header)


def read(path):
    """What makes an artifact what it is, or the bytes of raw data."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(b"\x89TNDM"):
        return hashlib.sha256(data).hexdigest()
    offset, length = struct.unpack("<QQ", data[48:64])
    return json.loads(data[offset:offset + length])["digest"]


def parse(arguments):
    inputs, outputs, params, options = {}, {}, {}, {}
    rest = iter(arguments)
    for word in rest:
        if word == "--params-file":
            with open(next(rest), encoding="utf-8") as file:
                params.update(json.load(file))
        elif word in ("--input", "--output"):
            name, _, path = next(rest).partition("=")
            (inputs if word == "--input" else outputs)[name] = path
        elif word in ("--threads", "--work", "--blocks", "--block"):
            options[word[2:]] = next(rest)
        elif word == "--check":
            options["check"] = True
        else:
            name, _, value = word[2:].partition("=")
            params[name] = value
    return inputs, outputs, params, options


def letters(text, options):
    """The text in capitals, or what the blocks made of it; nothing if this process does one block alone."""
    count, block = int(options.get("blocks", 1)), int(options.get("block", 0))
    if count == 1:
        return text.upper()
    paths = [os.path.join(options["work"], f"block-{number}-of-{count}") for number in range(1, count + 1)]
    if not block:
        parts = []
        for number, path in enumerate(paths, 1):
            if not os.path.exists(path):
                sys.exit(f"note: block {number} is missing")
            with open(path, encoding="utf-8") as file:
                parts.append(file.read())
        return "".join(parts)
    path = paths[block - 1]
    os.makedirs(options["work"], exist_ok=True)
    with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
        file.write(text[len(text) * (block - 1) // count:len(text) * block // count].upper())
    os.rename(file.name, path)
    return None


def escape():
    """Starts a process that leaves the group, the session and its parent, and ignores signals; returns its number."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            for ignored in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(ignored, signal.SIG_IGN)
            os.write(writer, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    os.waitpid(child, 0)
    return os.read(reader, 20).decode()


def main():
    if "--describe" in sys.argv:
        with contextlib.suppress(FileNotFoundError), open("described", "r+", encoding="utf-8") as file:
            file.seek(0, os.SEEK_END)
            file.write(".")
        return print(json.dumps(DESCRIPTION))
    inputs, outputs, params, options = parse(sys.argv[1:])
    mode = params.get("mode", "ok")
    block = options.get("block", "")
    if "check" in options:
        return sys.exit("note: --mode=fail: it would fail" if mode == "fail" and "b" not in inputs else None)
    print(f"note: {mode}", file=sys.stderr, flush=True)
    if block and os.path.exists(os.path.join(options["work"], f"block-{block}-of-{options['blocks']}")):
        return print("note: it was done before", file=sys.stderr)
    if mode == "fail-block" and block == params["count"] and os.path.exists(params["maybe"]):
        sys.exit("note: this block failed")
    told = {key: value for key, value in params.items() if key not in ("comment", "mode")}
    content = {"inputs": {name: read(path) for name, path in inputs.items()}, "params": told}
    if mode == "rewrite":
        with open(params["text"], "w", encoding="utf-8") as file:
            file.write("other")
    if mode == "touch":
        os.utime(params["text"])
    if mode == "edit":
        with open(params["text"], "a", encoding="utf-8") as file:
            file.write("# edited\n")
    if mode == "pause":
        with open(params["text"], "a", encoding="utf-8") as file:
            file.write(f"begin {params['comment']}{block}\n")
            file.flush()
            time.sleep(float(params.get("rate", 0.5)))
            file.write(f"end {params['comment']}{block}\n")
    if mode == "steps":
        steps = int(params["count"])
        for step in range(1, steps + 1):
            time.sleep(float(params.get("rate", 0.5)))
            print(f"note: epoch {step} of {steps}: loss {9 - step}", file=sys.stderr, flush=True)
            if step == 2:
                print("note: warning: \x1b[31mthe weights are odd", file=sys.stderr, flush=True)
    if mode == "flaky":
        with open(params["text"], "a", encoding="utf-8") as file:
            file.write(".")
        if os.path.getsize(params["text"]) < int(params["count"]):
            sys.exit(75)
    if mode == "fail":
        sys.exit("note: this is why it failed")
    if mode == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode in ("sleep", "stubborn", "orphan", "escape", "leave"):
        if mode == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = ""
        if mode == "orphan":
            child = subprocess.Popen(["sleep", "600"]).pid
        elif mode in ("escape", "leave"):
            child = escape()
        with open(params["text"], "w") as file:
            file.write(f"{os.getpid()} {child}")
        if mode != "leave":
            time.sleep(600)
    if mode == "noisy":
        sys.stdout.buffer.write(b"x" * (1 << 20) + b"\n")
    if mode == "broken-text":
        sys.stdout.buffer.write(b"caf\xe9 \xff\xfe\n")
    if mode == "environment":
        content["environment"] = dict(os.environ)
    if mode == "time":
        content["time"] = time.time_ns()
    content["letters"] = letters(params.get("text", ""), options)
    if block:
        return None
    if mode != "missing":
        kind = "other" if mode == "wrong-type" else "note"
        write(outputs["out"], canonical(content), kind, 9 if mode == "later" else 1)
    if "more" in outputs:
        write(outputs["more"], canonical({"more": told}))
    if mode == "damaged":
        with open(outputs["out"], "r+b") as file:
            file.seek(130)
            file.write(b"?")
    extra = {"extra": "scratch.txt", "backup": "out.backup"}.get(mode)
    if extra:
        with open(os.path.join(os.path.dirname(outputs["out"]), extra), "w") as file:
            file.write("left here")


main()
