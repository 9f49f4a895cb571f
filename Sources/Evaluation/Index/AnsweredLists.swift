import Kernels
import Synchronization

/// What a search answers the judged queries, under both protocols: lists, best first, and where the targets stand in them.
package struct AnsweredLists: Sendable {
  /// By protocol, a list of each query.
  let lists: [Lists]
  /// By protocol, where each target stands from 0; -1 beyond the list. One that was seen stands there as it would if it
  /// alone of what was seen competed.
  private let places: [[Int32]]

  private init(_ answers: [Answer]) {
    lists = SeenProtocol.allCases.map { seen in
      var lists = Lists()
      for answer in answers { lists.append(answer.lists[seen.place]) }
      return lists
    }
    places = SeenProtocol.allCases.map { seen in answers.flatMap { $0.places[seen.place] } }
  }

  /// The best `k` candidates for a vector without some, rising, that are left out; best first.
  package typealias Search = @Sendable (_ vector: [Float], _ k: Int, _ excluded: [Int32]) -> [Int32]

  /// Asks for the longest list that is judged, by every query twice: what it has seen competes, or is left out within the
  /// search. For a target that was seen it is asked once more, without all else that was.
  ///
  /// - Parameter vectors: a row for each judged query.
  package init(_ judge: Judge, vectors: Matrix, search: Search) {
    let (judged, k) = (judge.judged, judge.limit)
    precondition(vectors.rows == judged.count, "\(vectors.rows) vectors of \(judged.count) queries")
    self.init(
      parallelMap(judged.count, threads: judge.threads) { query in
        let (vector, seen) = (vectors.row(query), judged.seen[query])
        var answer = Answer(lists: [search(vector, k, []), search(vector, k, Array(seen))])
        let found = answer.lists.map { list in
          Dictionary(list.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
        }
        for target in judged.targets.starts[query]..<judged.targets.starts[query + 1] {
          let candidate = judged.targets.values[target]
          answer.places[0].append(found[0][candidate] ?? -1)
          if judged.isNew[target] || candidate >= judged.candidateCount {
            answer.places[1].append(found[1][candidate] ?? -1)
          } else {
            let list = search(vector, k, seen.filter { $0 != candidate })
            answer.places[1].append(list.firstIndex(of: candidate).map { Int32($0) } ?? -1)
          }
        }
        return answer
      })
  }

  private struct Answer {
    var lists: [[Int32]]
    var places: [[Int32]] = [[], []]
  }

  /// The answers to one query.
  struct Line: AnsweredLine {
    let query: Int
    fileprivate let answers: AnsweredLists

    func count(_ seen: SeenProtocol) -> Int { answers.lists[seen.place][query].count }

    func candidate(_ place: Int, _ seen: SeenProtocol) -> Int {
      let list = answers.lists[seen.place]
      return Int(list.values[list.starts[query] + place])
    }

    func rank(_ target: Int, _ seen: SeenProtocol, _ judged: JudgedQueries) -> (greater: Int, equal: Int)? {
      let place = answers.places[seen.place][target]
      return place < 0 ? nil : (Int(place), 0)
    }
  }

  func line(_ query: Int) -> Line { Line(query: query, answers: self) }

  /// Keeps what a judge finds, query by query, in any order.
  final class Keeper: Sendable {
    private let answers: Mutex<[Answer]>

    init(_ judged: JudgedQueries) {
      answers = Mutex([Answer](repeating: Answer(lists: [[], []]), count: judged.count))
    }

    func take(_ lines: [QueryLine], _ judged: JudgedQueries) {
      let kept = lines.map { line in
        let targets = judged.targets.starts[line.query]..<judged.targets.starts[line.query + 1]
        return Answer(
          lists: SeenProtocol.allCases.map { seen in
            (0..<line.count(seen)).map { Int32(line.candidate($0, seen)) }
          },
          places: SeenProtocol.allCases.map { seen in
            targets.map { line.place($0, seen, judged).map { Int32($0) } ?? -1 }
          })
      }
      answers.withLock { answers in for (line, answer) in zip(lines, kept) { answers[line.query] = answer } }
    }

    var lists: AnsweredLists { AnsweredLists(answers.withLock { $0 }) }
  }
}
