import Glibc
import SystemFiles

/// Processes that outlived their runner: whoever killed it killed the supervisor of a stage at the same moment.
///
/// The stage's own program ends then, too. What that had started belongs to nobody, and is known by a variable of its
/// environment alone.
enum Orphans {
  static let variable = "TANDEM_RUNNER"

  /// The variable's value in what this process starts: its host, number and start, and the namespace in which the number
  /// means it.
  static let marker: String = {
    let process = ProcessIdentity.current
    return "\(process.host).\(process.number).\(process.start).\(namespace)"
  }()

  private static let namespace: UInt = {
    var status = stat()
    return unsafe stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0
  }()

  /// Ends all processes of runners that are gone, if one of these left something unfinished in a stage's folder.
  ///
  /// - Returns: the number of processes.
  static func end(leaving folder: String) -> Int {
    // Looking at all processes costs milliseconds, and there is hardly ever a reason.
    guard Files.hasAbandonedTemporaries(in: folder) else { return 0 }
    var count = 0
    for name in (try? Files.list("/proc")) ?? [] {
      guard let process = Int32(name), process != getpid(), hasLostRunner(process) else { continue }
      if kill(process, SIGKILL) == 0 { count += 1 }
    }
    return count
  }

  private static func hasLostRunner(_ process: Int32) -> Bool {
    guard let environment = try? Files.read("/proc/\(process)/environ", limit: 4 << 20) else { return false }
    let start = Array("\(variable)=".utf8)
    guard let found = environment.split(separator: 0).first(where: { $0.starts(with: start) }) else { return false }
    let fields = String(decoding: found.dropFirst(start.count), as: UTF8.self).split(separator: ".")
    guard fields.count == 4, let number = Int32(fields[1]), let time = UInt64(fields[2]),
      UInt(fields[3]) == namespace
    else { return false }
    return ProcessIdentity(host: String(fields[0]), number: number, start: time).state == .gone
  }
}
