import Glibc

/// The system's limit of open file descriptors of a process.
package enum DescriptorLimit {
  /// The descriptors that the server needs besides connections: event loops, threads, the log, models being opened.
  private static let reserve = 32 + ConnectionLimit.reserve
  /// The greatest limit that is asked for: some systems have none, and a table of descriptors costs memory.
  private static let most: rlim_t = 1 << 20

  /// Raises the limit as far as the process may.
  ///
  /// - Returns: the number of connections that fit under it; less than 1 if the server itself does not fit.
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
