/// The name that was probably meant, for "did you mean": the nearest by edits, if it is near.
///
/// An edit adds, drops or replaces a character or swaps two neighbours (optimal string alignment), and upper and lower
/// case are one. A third of the characters may be wrong; the first in order wins among equals.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  let wanted = Array(name.lowercased())
  let limit = wanted.count / 3
  var best: (distance: Int, name: String)?
  for candidate in names {
    let letters = Array(candidate.lowercased())
    guard abs(letters.count - wanted.count) <= limit else { continue }
    let distance = edits(from: wanted, to: letters)
    guard distance <= limit else { continue }
    if let best, (best.distance, best.name) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.name
}

private func edits(from: [Character], to: [Character]) -> Int {
  var before = [Int](repeating: 0, count: to.count + 1)
  var above = Array(0...to.count)
  for (row, letter) in from.enumerated() {
    var line = [row + 1]
    for (column, other) in to.enumerated() {
      var distance = min(above[column] + (letter == other ? 0 : 1), above[column + 1] + 1, line[column] + 1)
      if row > 0, column > 0, letter == to[column - 1], from[row - 1] == other {
        distance = min(distance, before[column - 1] + 1)
      }
      line.append(distance)
    }
    (before, above) = (above, line)
  }
  return above[to.count]
}
