import DisplayText
import RandomNumbers
import Testing

@Suite("The nearest name")
struct NearestNameTests {
  @Test("is the one probably meant, or nil")
  func cases() {
    let names = ["epochs", "dimension", "batch-size", "learning-rate", "seed", "by"]
    let wanted: [(String, String?)] = [
      ("epoch", "epochs"), ("Epochs", "epochs"), ("eopchs", "epochs"), ("dimensoin", "dimension"),
      ("batchsize", "batch-size"),
      ("learning_rate", "learning-rate"), ("sede", "seed"), ("x", nil), ("bx", nil), ("BY", "by"), ("", nil),
      ("optimizer", nil),
    ]
    for (name, near) in wanted { #expect(nearestName(to: name, among: names) == near, "\(name)") }
    #expect(nearestName(to: "abd", among: ["abf", "abe"]) == "abe")
    #expect(nearestName(to: "a", among: [String]()) == nil)
    #expect(nearestName(to: "", among: ["b", ""]) == "")
  }

  @Test("is nil at once for a very long name")
  func long() {
    let name = String(repeating: "a", count: 128)
    #expect(nearestName(to: name, among: [name + "b"]) == name + "b")
    for other in [
      name + "a", String(repeating: "ab", count: 1 << 19), "e" + String(repeating: "\u{301}", count: 9_999),
    ] {
      #expect(nearestName(to: other, among: [other]) == nil)
    }
  }

  @Test(
    "equals that of the full dynamic-programming table",
    arguments: [
      (8, "abBc"), (20, "abcdefghijklmnopqrstuvwxyzABC0123456789 -_;`'@[{"), (90, "abcdefghij 0123"), (110, "ab"),
      (8, "aéK\u{212A}k;\u{37E}`\u{1FEF}İ\r\u{301}\n\u{200D}👨👧Σßi"),
    ])
  func property(longest: Int, letters: String) {
    var random = RandomGenerator(seed: 4, stream: "names")
    // A letter is a scalar here, so that some join others.
    let letters = Array(letters.unicodeScalars)
    func draw(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }
    func letter() -> Unicode.Scalar { letters[draw(letters.count)] }
    func text(_ scalars: [Unicode.Scalar]) -> String { String(String.UnicodeScalarView(scalars)) }
    var found = 0
    for _ in 0..<(longest > 50 ? 100 : 1_500) {
      let names = (0..<1 + draw(10)).map { _ in (0..<draw(longest)).map { _ in letter() } }
      var wanted = names[draw(names.count)]
      for _ in 0..<draw(6) where !wanted.isEmpty {
        let place = draw(wanted.count)
        switch draw(4) {
        case 0: wanted.remove(at: place)
        case 1: wanted.insert(letter(), at: place)
        case 2: wanted[place] = letter()
        default: wanted.swapAt(place, max(place - 1, 0))
        }
      }
      let near = nearestName(to: text(wanted), among: names.map(text))
      #expect(near == nearestByTable(to: text(wanted), among: names.map(text)), "\(wanted), \(names)")
      found += near == nil ? 0 : 1
    }
    #expect(found > 10)
  }
}

/// As it is defined.
private func nearestByTable(to name: String, among names: [String]) -> String? {
  let wanted = Array(name.lowercased())
  var best: (distance: Int, name: String)?
  for candidate in names {
    let distance = edits(from: wanted, to: Array(candidate.lowercased()))
    guard distance <= wanted.count / 3 else { continue }
    if let best, (best.distance, best.name) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.name
}

private func edits(from: [Character], to: [Character]) -> Int {
  var table = Array(repeating: Array(0...to.count), count: from.count + 1)
  for row in 0...from.count { table[row][0] = row }
  for row in from.indices {
    for column in to.indices {
      var distance = min(
        table[row][column] + (from[row] == to[column] ? 0 : 1), table[row][column + 1] + 1, table[row + 1][column] + 1)
      if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
        distance = min(distance, table[row - 1][column - 1] + 1)
      }
      table[row + 1][column + 1] = distance
    }
  }
  return table[from.count][to.count]
}
