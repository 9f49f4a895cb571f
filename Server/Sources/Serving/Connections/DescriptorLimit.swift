import Glibc

/// The system's limit of files and connections that a process may have open at once.
package enum DescriptorLimit {
  /// The server needs so many besides connections: event loops, threads, the log, models that are being opened.
  private static let reserve = 32 + ConnectionLimit.reserve
  /// Some systems have no limit; a table of so many costs memory.
  private static let most: rlim_t = 1 << 20

  /// Raises the limit as far as the process may.
  ///
  /// - Returns: connections that fit under it; less than one where the server itself does not.
  package static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
    let wanted = min(limit.rlim_max, max(most, limit.rlim_cur))
    if limit.rlim_cur < wanted {
      let before = limit.rlim_cur
      limit.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
    }
    return Int(clamping: limit.rlim_cur) - reserve
  }
}
