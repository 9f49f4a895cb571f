import Artifacts
import CandidateIndex
import DisplayText
import Synchronization
import SystemFiles

/// The time and peak memory of each phase of a build.
final class BuildRecord: Sendable {
  private let open = Mutex<(phase: ApproximateIndex.BuildPhase, since: ContinuousClock.Instant)?>(nil)
  private let done = Mutex<[String]>([])

  func begin(_ phase: ApproximateIndex.BuildPhase?) {
    open.withLock { open in
      if let last = open {
        let seconds = (ContinuousClock.now - last.since) / .seconds(1)
        let line = "\(last.phase.rawValue): \(decimals(seconds, 1)) s, \(Memory.peak()) MiB at most"
        done.withLock { $0.append(line) }
      }
      Memory.resetPeak()
      open = phase.map { ($0, ContinuousClock.now) }
    }
  }

  var lines: [String] { done.withLock { $0 } }
}

/// Resident memory of this process, MiB; pages of mapped files count while they are in use.
enum Memory {
  static func peak() -> Int { field("VmHWM:") }

  /// Resident memory now, without pages of files.
  static func anonymous() -> Int { field("RssAnon:") }

  /// Resets the peak.
  static func resetPeak() {
    let file = try? FileDescriptor.open("/proc/self/clear_refs", 1)
    try? file?.write(Array("5".utf8))
  }

  private static func field(_ name: String) -> Int {
    let status = String(decoding: (try? Files.read("/proc/self/status", limit: 1 << 16)) ?? [], as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
