import CSystemCalls

/// The bytes that programs may still take before the machine begins to swap, which it estimates itself (`MemAvailable` of
/// `/proc/meminfo`); `nil` if it does not say.
package func availableMemory() -> Int? {
  guard let bytes = try? Files.read("/proc/meminfo") else { return nil }
  for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
    let words = line.split(separator: " ")
    if words.count == 3, words[0] == "MemAvailable:", words[2] == "kB" { return Int(words[1]).map { $0 * 1024 } }
  }
  return nil
}

/// Gives memory that was let go of back to the system, which the allocator would keep for later: for programs that are
/// done with many small things and go on to few large ones.
package func releaseFreeMemory() { cs_release_free_memory() }
