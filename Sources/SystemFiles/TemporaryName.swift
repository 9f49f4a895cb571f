import Glibc

/// The name of a temporary file or folder, `.NAME.HOST.PROCESS.START.NUMBER.tmp`: whose it is, and what will become of
/// it.
struct TemporaryName: Equatable {
  enum Owner { case alive, gone, elsewhere }

  let host: String
  let process: Int32
  /// The start of the process, in clock ticks since the host's; 0 if that cannot be known.
  let start: UInt64
  let text: String

  /// A new one, of this process.
  init(for name: String) {
    host = Self.thisHost
    process = getpid()
    start = Self.start(of: process) ?? 0
    // A file name has at most 255 bytes.
    let name = String(decoding: name.utf8.prefix(100), as: UTF8.self)
    text = ".\(name).\(host).\(process).\(start).\(UInt32.random(in: 0...UInt32.max)).tmp"
  }

  init?(parsing text: String) {
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    guard fields.count >= 7, fields[0].isEmpty, fields[fields.count - 1] == "tmp",
      UInt32(fields[fields.count - 2]) != nil, let start = UInt64(fields[fields.count - 3]),
      let process = Int32(fields[fields.count - 4]), process > 0
    else { return nil }
    host = String(fields[fields.count - 5])
    self.process = process
    self.start = start
    self.text = text
  }

  var owner: Owner {
    guard host == Self.thisHost else { return .elsewhere }
    if kill(process, 0) != 0, errno == ESRCH { return .gone }
    // Another process may have been given the number since.
    if start != 0, let now = Self.start(of: process), now != start { return .gone }
    return .alive
  }

  /// The host's name, of letters, digits and hyphens only.
  static let thisHost: String = {
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
