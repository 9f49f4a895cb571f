import JSON

/// Writes lists as `predictions`, a row for each query.
struct RowsText: ListWriter {
  /// `true` if predicted ratings stand beside the scores.
  private let hasRatings: Bool
  private var json = JSONText()
  private var isEmpty = true
  private var parts: [[UInt8]] = []

  init(hasRatings: Bool) {
    self.hasRatings = hasRatings
    json.raw("{\"predictions\":[")
  }

  mutating func append(_ lists: [RankedList], ratings: [[Float]?]) {
    for (list, ratings) in zip(lists, ratings) {
      if !isEmpty { json.raw(",") }
      isEmpty = false
      json.raw("{\"scores\":")
      json.scores(list)
      json.raw(",\"identifiers\":")
      json.names(list)
      if hasRatings {
        json.raw(",\"ratings\":")
        json.ratings(ratings, of: list)
      }
      json.raw("}")
    }
    json.movePart(to: &parts)
  }

  mutating func reply() -> Reply {
    json.raw("]}")
    return Reply(parts: parts + [json.bytes], route: "v1 predict")
  }
}

/// Writes lists as `outputs`, a list of rows for each output.
struct ColumnsText: ListWriter {
  private var scores = ColumnText()
  private var names = ColumnText()
  /// `nil` where no predicted ratings stand beside the scores.
  private var ratings: ColumnText?

  init(hasRatings: Bool) { ratings = hasRatings ? ColumnText() : nil }

  mutating func append(_ lists: [RankedList], ratings predicted: [[Float]?]) {
    for (list, predicted) in zip(lists, predicted) {
      scores.row { $0.scores(list) }
      names.row { $0.names(list) }
      ratings?.row { $0.ratings(predicted, of: list) }
    }
  }

  mutating func reply() -> Reply {
    var parts = [Array("{\"outputs\":{\"scores\":[".utf8)] + scores.finished()
    parts += [Array("],\"identifiers\":[".utf8)] + names.finished()
    if let ratings { parts += [Array("],\"ratings\":[".utf8)] + ratings.finished() }
    return Reply(parts: parts + [Array("]}}".utf8)], route: "v1 predict")
  }
}

/// The elements of a JSON list, in parts, so that growing does not copy them.
struct ColumnText: Sendable {
  private var json = JSONText()
  private var isEmpty = true
  private var parts: [[UInt8]] = []

  mutating func row(_ write: (inout JSONText) -> Void) {
    if !isEmpty { json.raw(",") }
    isEmpty = false
    write(&json)
    json.movePart(to: &parts)
  }

  consuming func finished() -> [[UInt8]] { parts + [json.bytes] }
}

extension JSONText {
  /// The size in bytes from which the text becomes a part of its own.
  private static let partSize = 1 << 18

  /// Moves the text to `parts` once it is long enough: longer text would be copied whenever it outgrows its storage,
  /// and is sent part by part anyway.
  mutating func movePart(to parts: inout [[UInt8]]) {
    guard bytes.count >= Self.partSize else { return }
    parts.append(bytes)
    self = JSONText()
  }

  // Loops of their own: `list` is not specialised across modules, and these write most of a reply.

  mutating func scores(_ list: RankedList) {
    raw("[")
    elements(scores: list)
    raw("]")
  }

  mutating func elements(scores list: RankedList) {
    for place in list.indices {
      if place > 0 { raw(",") }
      number(list[place].score)
    }
  }

  mutating func names(_ list: RankedList) {
    raw("[")
    elements(names: list)
    raw("]")
  }

  mutating func elements(names list: RankedList) {
    for place in list.indices {
      if place > 0 { raw(",") }
      string(list[place].candidate)
    }
  }

  mutating func ratings(_ ratings: [Float]?, of list: RankedList) {
    raw("[")
    elements(ratings: ratings, of: list)
    raw("]")
  }

  /// Writes null for each candidate that no rating is predicted of.
  mutating func elements(ratings: [Float]?, of list: RankedList) {
    for place in list.indices {
      if place > 0 { raw(",") }
      if let ratings, place < ratings.count { number(ratings[place]) } else { raw("null") }
    }
  }
}
