package import Artifacts
package import Interactions
import Tables
import TwoTower

extension EventSequences {
  /// The lengths of histories that slices are about, by their least.
  private static let lengths = [(0, "history 0"), (1, "history 1-5"), (6, "history 6-20"), (21, "history 21 and more")]

  /// The slices that every evaluation by events has, and those of the fields named.
  ///
  /// - Parameter fields: fields of the users, the catalog or the test interactions, looked for in this order.
  /// - Throws: `EvaluationError.noField` or `.tooManyValues`.
  package func slices(
    fields: [String], users: Catalog?, catalog: Catalog?, test: Interactions
  ) throws -> (users: QuerySlices, events: [SliceDimension]) {
    var (lengths, targets, rows) = ([Int](), [Int32](), [Int]())
    for user in 0..<userCount {
      for (place, choice) in choices.range(user).enumerated() where testRows[choice] >= 0 {
        lengths.append(place)
        targets.append(choices.values[choice])
        rows.append(Int(testRows[choice]))
      }
    }
    var ofUsers = [
      SliceDimension(names: ["known queries", "unknown queries"], places: trainRows.map { $0 > 0 ? 0 : 1 })
    ]
    var ofEvents = [
      SliceDimension(
        names: Self.lengths.map(\.1),
        places: lengths.map { length in Self.lengths.lastIndex { $0.0 <= length } }),
      .knownCandidates(counts, of: targets), .popularity(counts, of: targets),
    ]
    for name in fields {
      if let users, let column = users.table.column(name) {
        var map = IDMap(Vocabulary(column: test.roles.query, interactions: try test.text(test.roles.query)))
        let keys = map.numbers(of: try users.values(of: test.roles.query))
        ofUsers.append(try FieldSlices.dimension(column, keys: keys, of: (0..<userCount).map { Int32($0) }))
      } else if let catalog, let column = catalog.table.column(name) {
        var map = IDMap(model.vocabularies.candidate)
        if let other { _ = map.rows(of: other.vocabularies.candidate) }
        let keys = map.numbers(of: try catalog.values(of: model.vocabularies.candidate.column))
        ofEvents.append(try FieldSlices.dimension(column, keys: keys, of: targets))
      } else if let column = test.selecting(rows).table.column(name) {
        ofEvents.append(try FieldSlices.dimension(column))
      } else {
        let tables = [test.table, users?.table, catalog?.table].compactMap { $0 }
        throw EvaluationError.noField(name, there: tables.flatMap { $0.columns.map(\.name) })
      }
    }
    return (QuerySlices(ofUsers), ofEvents)
  }

  /// Facts about the test data for the summary.
  package var facts: [Summary.Item] {
    let known = trainRows.count { $0 > 0 }
    let mean = eventCount > 0 ? Double(historyLength) / Double(eventCount) : 0
    return [
      .fact("protocol", "next: each test event after what its user chose before"),
      .fact("test queries", "\(userCount), \(known) of them in train"),
      .fact("test events", "\(eventCount), after \(Int(mean.rounded())) choices in the mean"),
    ] + contextFacts
  }

  /// The number of users whom each model with context answers by vectors of their own.
  private var contextFacts: [Summary.Item] {
    [("two-tower", contexts.model), ("other", contexts.other)].compactMap { name, contexts in
      contexts.map {
        .fact("\(name) in contexts", "answers \($0.knownCount) users by their own vectors in the context of each event")
      }
    }
  }
}
