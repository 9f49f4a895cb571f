import Artifacts
import BasicAlgorithms
import Glibc
import Kernels
import SystemFiles

/// A log of numbers over steps that TensorBoard reads: a file of TFRecords, each an `Event` of
/// tensorboard/compat/proto/event.proto.
///
/// The three messages are so small that they are written by hand here, and no stage need link a library of protocol
/// buffers.
package final class EventLog {
  private let path: String
  private let file: FileDescriptor

  /// Begins a new file in `folder`, which is made if it does not exist; earlier logs stay beside it.
  ///
  /// - Throws: `FileError` if the folder or the file cannot be made.
  package init(folder: String) throws {
    try Files.makeFolders(folder)
    // TensorBoard takes files with "tfevents" in the name, in the order of their names.
    path = "\(folder)/events.out.tfevents.\(Int(Self.now)).\(getpid())"
    file = try naming(path) { [path] in try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644) }
    try write(Self.event(at: Self.now, step: 0, version: "brain.Event:2"))
  }

  /// Adds measurements of a step. Non-finite numbers are written as they are.
  package func add(_ values: [(tag: String, value: Double)], step: Int) throws {
    try write(Self.event(at: Self.now, step: step, values: values))
  }

  private func write(_ event: [UInt8]) throws {
    try naming(path) { try file.write(Self.record(event)) }
  }

  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension EventLog {
  /// `Event`: wall_time = 1, step = 2, file_version = 3, summary = 5.
  static func event(
    at time: Double, step: Int, version: String? = nil, values: [(tag: String, value: Double)] = []
  ) -> [UInt8] {
    var message = Message()
    message.add(1, time)
    if step != 0 { message.add(2, UInt64(bitPattern: Int64(step))) }
    if let version { message.add(3, Array(version.utf8)) }
    guard !values.isEmpty else { return message.bytes }
    // `Summary`: value = 1; `Summary.Value`: tag = 1, simple_value = 2.
    var summary = Message()
    for (tag, number) in values {
      var value = Message()
      value.add(1, Array(tag.utf8))
      value.add(2, Float(number))
      summary.add(1, value.bytes)
    }
    message.add(5, summary.bytes)
    return message.bytes
  }

  /// The framing of TensorFlow's RecordWriter: length, its checksum, the data, their checksum.
  static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(Checksum.masked(of: length)) + data + littleEndian(Checksum.masked(of: data))
  }

  /// Fields of a protocol buffer, one after another.
  private struct Message {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: UInt64, _ value: Double) { fixed(field << 3 | 1, littleEndian(value.bitPattern)) }

    mutating func add(_ field: UInt64, _ value: Float) { fixed(field << 3 | 5, littleEndian(value.bitPattern)) }

    mutating func add(_ field: UInt64, _ value: UInt64) {
      bytes += varint(Int(field << 3)) + varint(Int(bitPattern: UInt(value)))
    }

    mutating func add(_ field: UInt64, _ value: [UInt8]) {
      bytes += varint(Int(field << 3 | 2)) + varint(value.count) + value
    }

    private mutating func fixed(_ key: UInt64, _ value: [UInt8]) {
      bytes += varint(Int(key)) + value
    }
  }
}
