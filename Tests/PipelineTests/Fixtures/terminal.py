#!/usr/bin/env python3
"""Runs a command in a terminal of its own, and prints what a person sees there as JSON.

    terminal.py COLUMNS ROWS RESIZED COMMAND …

When a bar is a fifth full, the window gets RESIZED columns, and lines that are too long for it are broken anew, as today's
terminals do. The result has the distinct pictures in their order, each a list of rows, the exit code, and the bytes.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

SEQUENCE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])")


class Screen:
    """Lines as they were written, and the rows that a window of some width makes of them."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.line = 0
        self.place = 0

    def rows(self):
        """The line and the place in it at which each row begins."""
        starts = []
        for number, line in enumerate(self.lines):
            starts += [(number, start) for start in range(0, max(len(line), 1), self.columns)]
        return starts

    def picture(self):
        return [self.lines[line][start:start + self.columns] for line, start in self.rows()]

    def up(self, count):
        rows = self.rows()
        here = max(i for i, (line, start) in enumerate(rows) if line == self.line and start <= self.place)
        self.line, self.place = rows[max(here - count, 0)]

    def control(self, arguments, letter):
        if letter == "A":
            self.up(int(arguments or 1))
        elif letter in "JK":
            self.lines[self.line] = self.lines[self.line][:self.place]
            if letter == "J":
                del self.lines[self.line + 1:]
        elif letter != "m":
            raise SystemExit(f"unknown sequence {arguments}{letter}")

    def write(self, text):
        while text:
            sequence = SEQUENCE.match(text)
            if sequence:
                self.control(*sequence.groups())
                text = text[sequence.end():]
                continue
            character, text = text[0], text[1:]
            if character == "\n":
                self.line += 1
                self.place = 0
                if self.line == len(self.lines):
                    self.lines.append("")
            elif character == "\r":
                self.place -= self.place % self.columns
            else:
                line = self.lines[self.line]
                self.lines[self.line] = line[:self.place].ljust(self.place) + character + line[self.place + 1:]
                self.place += 1


def set_size(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows, resized = (int(word) for word in sys.argv[1:4])
    process, terminal = pty.fork()
    if process == 0:
        time.sleep(0.1)
        os.execvp(sys.argv[4], sys.argv[4:])
    set_size(terminal, columns, rows)
    screen, pictures, everything, rest = Screen(columns), [], "", b""
    while True:
        if screen.columns != resized and any("████" in row for row in screen.picture()):
            set_size(terminal, resized, rows)
            screen.columns = resized
        if not select.select([terminal], [], [], 0.05)[0]:
            continue
        try:
            data = rest + os.read(terminal, 1 << 16)
        except OSError:
            break
        # A write of the runner's may come in pieces; each ends with a line.
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        text = data[:end].decode()
        everything += text
        screen.write(text)
        picture = screen.picture()
        if picture not in pictures[-1:]:
            pictures.append(picture)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    print(json.dumps({"status": status, "pictures": pictures, "bytes": everything}))


main()
