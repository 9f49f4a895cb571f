import Artifacts
import Glibc
import SystemFiles

/// Facts of this process and of files that Glibc gives by pointers.
enum Host {
  /// All variables of this process.
  static var environment: [String: String] {
    var variables: [String: String] = [:]
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let parts = unsafe String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      unsafe next += 1
    }
    return variables
  }

  /// Seconds since 1970.
  static var now: Int { time(nil) }

  /// Nanoseconds since 1970.
  static var nanoseconds: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// The present time as "2026-01-31T12:00:00Z".
  static var timestamp: String { timestamp(of: now) }

  /// A time in seconds since 1970 as "2026-01-31T12:00:00Z".
  static func timestamp(of seconds: Int) -> String {
    var now = seconds
    var fields = unsafe tm()
    unsafe gmtime_r(&now, &fields)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = unsafe strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &fields)
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The name of a signal, such as "segmentation fault".
  static func name(ofSignal signal: Int32) -> String { unsafe String(cString: strsignal(signal)).lowercased() }

  /// `true` if `path` is a file that this process may execute.
  static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 && !Files.isFolder(path) }

  /// Size, times and number of a file; nil if there is none.
  static func status(of path: String) -> stat? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status : nil
  }

  /// The folder from which relative paths are seen; "/" if it was removed.
  static var workingFolder: String {
    guard let folder = unsafe getcwd(nil, 0) else { return "/" }
    defer { unsafe free(folder) }
    return unsafe String(cString: folder)
  }

  /// Changes the current folder, against which relative paths are resolved.
  static func enter(_ folder: String) throws {
    guard unsafe chdir(folder) == 0 else {
      throw FileError(folder, SystemError.system(operation: "work in the folder", code: errno))
    }
  }

  /// Has another program take the place of this one.
  static func become(_ program: String, _ arguments: [String]) throws -> Never {
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    unsafe execv(program, &words)
    throw FileError(program, SystemError.system(operation: "execute", code: errno))
  }

  /// Makes a folder that was not there.
  ///
  /// - Returns: `false` if something of this name exists.
  static func makeNewFolder(_ path: String) throws -> Bool {
    if unsafe mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else {
      throw FileError(path, SystemError.system(operation: "create the folder", code: errno))
    }
    return false
  }
}

extension FileDescriptor {
  /// Writes all bytes.
  func write(_ bytes: ArraySlice<UInt8>) throws { try unsafe bytes.withUnsafeBytes { try unsafe write($0) } }
}
