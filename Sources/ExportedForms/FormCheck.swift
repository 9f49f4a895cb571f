import Artifacts
import CandidateIndex
import DisplayText
import Kernels
import Servable
import Tables

/// Compares answers of a written form with the servable's.
struct FormCheck {
  let servable: Servable
  let k: Int
  private var tables: ServableTables { servable.tables }

  /// Checks the answers to about 16 known queries and two unknown ones.
  ///
  /// - Returns: the items of the summary.
  /// - Throws: `ExportedFormError.wrongAnswer` for the first difference.
  func check(_ form: WrittenForm, name: String) throws -> [Summary.Item] {
    let tables = tables
    let step = max(tables.queryCount / 16, 1)
    var samples = stride(from: 0, to: tables.queryCount, by: step).map { place in
      unsafe String(decoding: tables.query(place), as: UTF8.self)
    }
    samples += ["", "a query that nobody has asked"]
    var rows = Dictionary(samples.map { ($0, 0) }) { first, _ in first }
    try unsafe form.forEachUser { place, id in
      // Most ids are not samples, and comparing bytes is cheaper than making strings.
      if unsafe place % step == 0 || id.isEmpty {
        if unsafe rows[id.text] != nil { unsafe rows[id.text] = Int(QueryNumber(place).row.index) }
      }
    }
    let found = form.candidates.search(form.queries(samples.map { rows[$0] ?? 0 }), k: k, threads: 1)
    var names = Dictionary(found.joined().map { ($0.candidate, "") }) { first, _ in first }
    try unsafe form.forEachCandidate { place, name in if names[place] != nil { names[place] = unsafe name.text } }
    let lists = found.map { list in list.map { (name: names[$0.candidate] ?? "", score: $0.score) } }
    let (common, asked) = try compare(samples, lists, name)
    let shown = lists.first.map { list in
      Summary.Item.list(
        title: "recommendations for \(samples[0].printable)",
        items: list.prefix(3).map { "\(decimals(Double($0.score), 4))  \(servable.title(of: $0.name).printable)" })
    }
    return [
      .fact(
        "checked",
        servable.isExact
          ? "\(samples.count) queries give the servable's answers"
          : "\(samples.count) queries, whose exact answers have \(common) of \(asked) of the servable's approximate ones"
      )
    ] + (shown.map { [$0] } ?? [])
  }

  private func compare(
    _ samples: [String], _ lists: [[(name: String, score: Float)]], _ form: String
  ) throws -> (found: Int, asked: Int) {
    var (found, asked) = (0, 0)
    for (query, list) in zip(samples, lists) {
      let answer = try servable.recommend(query, k: k).recommendations
      tables.releasePages()
      asked += answer.count
      if servable.isExact {
        let same = zip(list, answer).allSatisfy { $0.name == $1.candidate && $0.score == $1.score }
        guard same, list.count == answer.count else { throw ExportedFormError.wrongAnswer(form: form, query: query) }
        found += list.count
      } else {
        // Candidates in both lists must have equal scores.
        let scores = Dictionary(list.map { ($0.name, $0.score) }) { first, _ in first }
        for (candidate, score) in answer {
          guard let own = scores[candidate] else { continue }
          guard own == score else { throw ExportedFormError.wrongAnswer(form: form, query: query) }
          found += 1
        }
      }
    }
    return (found, asked)
  }
}
