import Glibc

/// A process of some host, told apart by its start from a later one with the same number.
package struct ProcessIdentity: Equatable, Sendable {
  /// The state of a process.
  package enum State: Sendable { case alive, gone, elsewhere }

  package let host: String
  package let number: Int32
  /// The start of the process, in clock ticks since the host's; 0 if that cannot be known.
  package let start: UInt64

  package init(host: String, number: Int32, start: UInt64) {
    self.host = host
    self.number = number
    self.start = start
  }

  /// This process.
  package static var current: ProcessIdentity {
    ProcessIdentity(host: thisHost, number: getpid(), start: start(of: getpid()) ?? 0)
  }

  /// The state of the process, which is known of this host's processes alone.
  package var state: State {
    guard host == Self.thisHost else { return .elsewhere }
    if kill(number, 0) != 0, errno == ESRCH { return .gone }
    // Another process may have been given the number since.
    if start != 0, let now = Self.start(of: number), now != start { return .gone }
    return .alive
  }

  /// The host's name, of letters, digits and hyphens only.
  package static let thisHost: String = {
    var buffer = [CChar](repeating: 0, count: 65)
    unsafe gethostname(&buffer, buffer.count - 1)
    let name = buffer.prefix { $0 != 0 }.map { byte -> Character in
      let scalar = Unicode.Scalar(UInt8(bitPattern: byte))
      return scalar.properties.isAlphabetic && scalar.isASCII || "0"..."9" ~= scalar ? Character(scalar) : "-"
    }
    return name.isEmpty ? "localhost" : String(name)
  }()

  /// The 22nd field of `/proc/PID/stat`; the second, the program's name, stands in parentheses and may hold anything.
  private static func start(of process: Int32) -> UInt64? {
    guard let bytes = try? Files.read("/proc/\(process)/stat", limit: 1 << 16),
      let name = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(name + 1)...].split(separator: UInt8(ascii: " "))
    return fields.count > 19 ? UInt64(String(decoding: fields[19], as: UTF8.self)) : nil
  }
}
