#!/usr/bin/env python3
"""TensorBoard's own code against `train --tensorboard FOLDER`. Needs the package: pip install tensorboard==2.20.0

    tensorboard_events.py FOLDER          reads a log with TensorBoard's reader and prints every series
    tensorboard_events.py --fixed-case    writes the fixed case of Tests/MonitoringTests/EventLogTests.swift, in hexadecimal
"""

import argparse
import sys
import tempfile


def fixed_case():
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    first = Event(wall_time=1700000000.25, file_version="brain.Event:2")
    value = lambda tag, number: Summary.Value(tag=tag, simple_value=number)
    second = Event(
        wall_time=1700000001.5, step=300,
        summary=Summary(value=[value("batch/loss_per_pair", 8.5), value("validation/recall@20", 0.25)]))
    with tempfile.TemporaryFile() as file:
        writer = RecordWriter(file)
        for event in (first, second):
            writer.write(event.SerializeToString(deterministic=True))
        writer.flush()
        file.seek(0)
        return file.read().hex()


def show(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0})
    log.Reload()
    tags = log.Tags()
    if not tags["scalars"]:
        sys.exit(f"tensorboard_events: {folder} has no series that TensorBoard can read")
    for tag in tags["scalars"]:
        points = log.Scalars(tag)
        print(f"{tag}: {len(points)} points, step {points[0].step} {points[0].value:.6g} "
              f"... step {points[-1].step} {points[-1].value:.6g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", nargs="?", help="what --tensorboard named")
    what.add_argument("--fixed-case", action="store_true", help="print the fixed case of the tests")
    arguments = parser.parse_args()
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        sys.exit("tensorboard_events: this Python has no tensorboard; type: pip install tensorboard==2.20.0")
    if arguments.fixed_case:
        print(fixed_case())
    else:
        show(arguments.folder)


if __name__ == "__main__":
    main()
