package import Artifacts
import CandidateIndex
import Interactions
import Kernels
import SystemFiles
import Tables
package import TwoTower

/// The index that is measured, searched with its own parameters; candidates that a query has seen are excluded within
/// the search.
package struct IndexAnswers {
  package let fact: Summary.Item
  package let search: AnsweredLists.Search

  /// - Parameters:
  ///   - file: the index.
  ///   - digest: the digest of the artifact that holds `model`.
  /// - Throws: `FileError` if the index was made from another model.
  package init(_ file: ArtifactFile, of model: Model, digest: Digest) throws {
    let index = try IndexFile.open(file)
    try naming(file.path) {
      try index.require(candidates: model.vocabularies.candidate.values.count, dimension: model.dimension)
      // An index that was not made by the stage need not say what it was made from.
      if let made = file.header.lineage.inputs["model"], made != digest {
        throw CandidateIndexError.otherModel(
          index: String(made.hexadecimal.prefix(12)), model: String(digest.hexadecimal.prefix(12)))
      }
    }
    fact = .fact("index", "\(index.isExact ? "exact" : "approximate"), \(file.digest.hexadecimal.prefix(12))")
    search = { vectors, requests, k in
      index.isExact
        ? Self.answers(of: index, vectors, requests, k)
        : requests.map { Self.answer(of: index, vectors.row($0.row), $0.excluded, k) }
    }
  }

  private static func answer(
    of index: any NearestNeighbourIndex, _ vector: [Float], _ excluded: [Int32], _ k: Int
  ) -> [Int32] {
    let filter = excluded.isEmpty ? nil : CandidateFilter(excluding: excluded.map { Int($0) }, of: index.count)
    return index.search(vector, k: k, filter: filter).map { Int32($0.candidate) }
  }

  /// An exact index is searched once for many queries, so far that enough is left without what any of them leaves out:
  /// whatever the filter, it finds the first that are allowed.
  private static func answers(
    of index: any NearestNeighbourIndex, _ vectors: Matrix, _ requests: [AnsweredLists.Request], _ k: Int
  ) -> [[Int32]] {
    let rows = Set(requests.map(\.row)).sorted()
    let queries = Matrix(rows: rows.count, columns: vectors.columns)
    queries.gather(vectors, rows: rows.map { Int32($0) })
    let found = index.search(queries, k: k + (requests.map(\.excluded.count).max() ?? 0), threads: 1)
    let lists = Dictionary(uniqueKeysWithValues: zip(rows, found))
    return requests.map { request in
      let excluded = Set(request.excluded)
      let list = lists[request.row, default: []].lazy.map { Int32($0.candidate) }
      return Array(list.filter { !excluded.contains($0) }.prefix(k))
    }
  }
}

extension Judge {
  /// Judges a model by a search of all candidates and, if there is an index, through that too.
  ///
  /// - Returns: the lists of both, if there is an index.
  package func judgePart(
    _ answers: ModelAnswers, through index: IndexAnswers?
  ) -> (JudgedPart, lists: (exact: AnsweredLists, index: AnsweredLists)?) {
    guard let index else { return (judgePart(answers.scores), nil) }
    let (part, exact) = judgePartKeepingLists(answers.scores)
    return (part, (exact, AnsweredLists(self, vectors: answers.vectors, search: index.search)))
  }

  /// The metrics of an index, from the lists of all blocks of the queries; none if they have none.
  ///
  /// - Parameter resamples: for the intervals; 0 for none.
  package func indexMetrics(_ blocks: [JudgedBlock], resamples: Int, seed: UInt64) -> [IndexMetric] {
    let lists = blocks.compactMap(\.lists)
    guard !lists.isEmpty else { return [] }
    return IndexAssessment(
      self, exact: AnsweredLists(joining: lists.map(\.exact)), index: AnsweredLists(joining: lists.map(\.index)),
      resamples: resamples, seed: seed
    ).metrics
  }
}
