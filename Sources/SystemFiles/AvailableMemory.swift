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
