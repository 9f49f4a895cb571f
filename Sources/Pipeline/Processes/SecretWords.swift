/// Values of environment variables that are secrets by their names, which are hidden in what a program says.
struct SecretWords {
  private static let marks = ["PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL"]
  private static let mask = Array("***".utf8)

  private let words: [[UInt8]]
  /// The line that has begun: a secret may come in two pieces.
  private var line: [UInt8] = []

  /// - Parameter environment: shorter values than 4 bytes are taken for no secrets.
  init(_ environment: [String: String]) {
    words = environment.filter { name, value in
      value.utf8.count >= 4 && Self.marks.contains { name.uppercased().contains($0) }
    }.map { Array($0.value.utf8) }.sorted { $0.count > $1.count }
  }

  /// The whole lines so far, without secrets.
  mutating func hiding(_ bytes: [UInt8]) -> [UInt8] {
    line += bytes
    // A line that does not end is passed on in pieces.
    guard let end = line.lastIndex(of: UInt8(ascii: "\n")) ?? (line.count > 1 << 16 ? line.count - 1 : nil) else {
      return []
    }
    defer { line.removeFirst(end + 1) }
    return hidden(Array(line[...end]))
  }

  /// Returns the rest of a line without an end.
  mutating func rest() -> [UInt8] {
    defer { line = [] }
    return hidden(line)
  }

  private func hidden(_ bytes: [UInt8]) -> [UInt8] {
    guard !words.isEmpty else { return bytes }
    var shown: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if let word = words.first(where: { bytes[place...].starts(with: $0) }) {
        shown += Self.mask
        place += word.count
      } else {
        shown.append(bytes[place])
        place += 1
      }
    }
    return shown
  }
}
