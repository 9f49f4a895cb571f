import JSON
import ModelVersions
import NIOHTTP1
import Servable

/// The server's own API: `/recommend`, `/similar`, `/explain`, and what a page needs to browse.
struct RecommendationAPI: RequestAPI {
  let registry: ModelRegistry
  let answers: Answers
  /// Length of the lists where a request gives none.
  let k: Int
  let endpoint: Endpoint
  var route: String { endpoint.rawValue }

  /// The paths of the API, without their slash; `work(for:)` answers every case.
  enum Endpoint: String, CaseIterable, Sendable {
    case models, recommend, similar, explain, users, candidates, history
  }

  func work(for asked: AskedRequest) throws -> Work {
    let parameters: Parameters
    switch asked.method {
    case .GET: parameters = try Parameters(query: asked.query)
    case .POST: parameters = try Parameters(body: asked.body, nested: ["features"])
    default:
      throw RequestError(
        status: .methodNotAllowed, message: "/\(route) is asked by GET or POST", allow: "GET, HEAD, POST")
    }
    switch endpoint {
    case .models:
      try parameters.refuseOthers(than: [])
      return .done(Reply(body: models, route: route))
    case .recommend: return try recommend(parameters)
    case .similar: return try similar(parameters)
    case .explain: return try explain(parameters)
    case .users:
      return try names(parameters, "users") { servable, prefix, limit in
        servable.queries(beginning: prefix, limit: limit)
      }
    case .candidates:
      return try names(parameters, "candidates") { servable, prefix, limit in
        let beginning = servable.candidates(beginning: prefix, limit: limit)
        guard beginning.count < limit, !prefix.isEmpty else { return beginning }
        let others = servable.candidates(containing: prefix, limit: limit).filter { !beginning.contains($0) }
        return Array((beginning + others).prefix(limit))
      }
    case .history: return try history(parameters)
    }
  }

  /// Returns the work of one answer, with its expected time and memory.
  ///
  /// - Parameters:
  ///   - searches: the number of searches that take about as long as `text` does.
  ///   - items: the greatest number of candidates in the answer.
  ///   - predictsRatings: `true` if ratings of them are predicted.
  func work(
    _ version: ServedVersion, searches: Int, items: Int = 0, predictsRatings: Bool = false,
    _ text: @escaping @Sendable (Servable) throws -> [UInt8]
  ) -> Work {
    let route = route
    let bytes =
      answers.bytes(of: version.servable, k: items, hasRatings: predictsRatings) + Self.fieldBytes * items
    let itemTime = Self.itemTime + (predictsRatings ? version.ratingTime : .zero)
    return .one(version.searchTime * searches + itemTime * items, bytes: bytes) {
      Reply(body: try text(version.servable), route: route)
    }
  }

  /// The approximate time to write one candidate with its fields.
  private static let itemTime = Duration.microseconds(2)
  /// The approximate size of a candidate's fields, in bytes.
  private static let fieldBytes = 150
  /// The approximate cost of a scan of all candidates' names or vectors, in searches.
  static let scan = 100

  /// Returns the version that `model`, `version` and `label` name. `model` may be omitted if one model is served.
  func version(_ parameters: Parameters) throws -> (name: String, version: ServedVersion) {
    // Models that cannot answer do not make the name of the only one that can ambiguous.
    let (answering, all) = (registry.answering, registry.names)
    let names = answering.isEmpty ? all : answering
    guard let name = try parameters.text("model") ?? (names.count == 1 ? names[0] : nil) else {
      throw RequestError(
        status: names.isEmpty ? .serviceUnavailable : .badRequest,
        message: names.isEmpty
          ? "no model is served" : "there are several models; name one with model: \(names.joined(separator: ", "))"
      )
    }
    let label = try parameters.text("label")
    let number = try parameters.text("version")
    guard label == nil || number == nil else { throw RequestError.bad("give version or label, not both") }
    if let number {
      guard let number = Int(number) else { throw RequestError.bad("\"version\" is \"\(number)\"; give a number") }
      return (name, try registry.version(.number(number), of: name))
    }
    return (name, try registry.version(label.map { .label($0) } ?? .current, of: name))
  }

  static let choosing = ["model", "version", "label"]

  private func filter(_ parameters: Parameters, _ servable: Servable) throws -> FieldFilter? {
    let limit = answers.limits.conditions
    let filter = FieldFilter(
      only: try parameters.conditions("only", atMost: limit), not: try parameters.conditions("not", atMost: limit))
    return parameters.list("only").isEmpty && parameters.list("not").isEmpty ? nil : filter
  }

  /// Throws if a request names more candidates than are looked up: a history becomes a vector, which costs more than a
  /// name.
  func checkNamed(_ candidates: [String]) throws(RequestError) {
    let limit = min(answers.limits.batch, answers.limits.names)
    guard candidates.count <= limit else {
      throw .bad("\(candidates.count) candidates in history and exclude; at most \(limit)")
    }
  }

  /// The values of features that a request gives, by column.
  func features(_ parameters: Parameters) throws(RequestError) -> [String: [String]] {
    try parameters.features("features", atMost: answers.limits.batch)
  }

  private func recommend(_ parameters: Parameters) throws -> Work {
    try parameters.refuseOthers(
      than: Self.choosing + ["user", "history", "features", "k", "exclude", "exclude_seen", "only", "not"])
    let (name, version) = try version(parameters)
    let k = try parameters.number("k", in: 1...answers.limits.k, or: k)
    let (user, history) = (try parameters.text("user"), parameters.list("history"))
    let features = try features(parameters)
    guard user != nil || !history.isEmpty || !features.isEmpty else {
      throw RequestError.bad("give a user, a history or features")
    }
    guard history.isEmpty || features.isEmpty else {
      throw RequestError.bad(
        "give a history or features, and not both: who chose something is answered by that alone")
    }
    let (excluded, excludeSeen) = (parameters.list("exclude"), try parameters.flag("exclude_seen"))
    try checkNamed(excluded + history)
    let filter = try filter(parameters, version.servable)
    let isKnown = user.map { version.servable.knows($0) } ?? false
    answers.metrics.asked(1, unknown: isKnown ? 0 : 1)
    let isPlain = history.isEmpty && excluded.isEmpty && filter == nil
    return work(
      version, searches: isPlain ? 1 : Self.scan, items: k, predictsRatings: version.predictsRatings
    ) { [answers] servable in
      let start = ContinuousClock.now
      let allowed = try filter.map { try servable.candidates(allowedBy: $0) }
      // Clients may know candidates of another version: these are ignored, and listed under "unknown".
      let (chosen, withdrawn) = servable.parted(history)
      let (barred, missing) = servable.parted(excluded)
      if user == nil, chosen.isEmpty { try servable.require(history) }
      let strange = features.isEmpty ? [] : try servable.unknownValues(of: features)
      // A known user's own vector takes precedence over the history.
      let answer =
        if let user, isKnown, !features.isEmpty, servable.readsContext {
          try servable.recommend(
            query: user, features: features, k: k, excludeSeen: excludeSeen, excluding: barred, filter: allowed)
        } else if !isKnown, !features.isEmpty {
          try servable.recommend(user ?? "", features: features, k: k, excluding: barred, filter: allowed)
        } else if let user, isKnown || chosen.isEmpty {
          try servable.recommend(user, k: k, excludeSeen: excludeSeen, excluding: barred + chosen, filter: allowed)
        } else {
          try servable.recommend(user ?? "", history: chosen, k: k, excluding: barred, filter: allowed)
        }
      let ratings = try servable.ratings(of: answer, features: features)
      answers.metrics.answered([answer.basis])
      let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
      return JSONText.of { json in
        json.object([
          "model": { $0.string(name) }, "version": { $0.raw("\(version.number)") },
          "query": { $0.string(answer.query) }, "basis": { $0.string(answer.basis.rawValue) },
          "unknown": { $0.list(withdrawn + missing + strange) { $0.string($1) } },
          "milliseconds": { $0.raw("\((milliseconds * 1000).rounded() / 1000)") },
          "recommendations": { Self.candidates(&$0, answer.recommendations, servable, ratings: ratings) },
        ])
      }
    }
  }

  private static func candidates(
    _ json: inout JSONText, _ list: [(candidate: String, score: Float)], _ servable: Servable,
    ratings: [Float]? = nil
  ) {
    json.list(list.enumerated()) { json, numbered in
      let (place, item) = numbered
      var members: [(String, (inout JSONText) -> Void)] = [
        ("candidate", { $0.string(item.candidate) }), ("name", { name(&$0, of: item.candidate, servable) }),
        ("score", { $0.number(item.score) }),
      ]
      if let ratings { members.append(("rating", { $0.number(ratings[place]) })) }
      members.append(("fields", { fields(&$0, of: item.candidate, servable) }))
      json.members(members) { json, write in write(&json) }
    }
  }

  /// Writes the candidate's name for people, or null if keys are names.
  static func name(_ json: inout JSONText, of candidate: String, _ servable: Servable) {
    if let name = servable.name(of: candidate) { json.string(name) } else { json.raw("null") }
  }

  private static func fields(_ json: inout JSONText, of candidate: String, _ servable: Servable) {
    json.members(((try? servable.fields(of: candidate)) ?? []).map { ($0.name, $0.values) }) { json, values in
      json.list(values) { $0.string($1) }
    }
  }

  private func similar(_ parameters: Parameters) throws -> Work {
    try parameters.refuseOthers(than: Self.choosing + ["candidate", "k", "only", "not"])
    let (name, version) = try version(parameters)
    let candidate = try parameters.required("candidate")
    let k = try parameters.number("k", in: 1...answers.limits.k, or: k)
    let filter = try filter(parameters, version.servable)
    return work(version, searches: Self.scan, items: k) { servable in
      let list = try servable.similar(
        to: candidate, k: k, filter: filter.map { try servable.candidates(allowedBy: $0) })
      return JSONText.of { json in
        json.object([
          "model": { $0.string(name) }, "version": { $0.raw("\(version.number)") },
          "candidate": { $0.string(candidate) },
          "similar": { Self.candidates(&$0, list, servable) },
        ])
      }
    }
  }

  private func names(
    _ parameters: Parameters, _ what: String, _ find: @escaping @Sendable (Servable, String, Int) -> [String]
  ) throws -> Work {
    try parameters.refuseOthers(than: Self.choosing + ["prefix", "limit"])
    let (_, version) = try version(parameters)
    let limit = try parameters.number("limit", in: 1...1000, or: 20)
    let prefix = try parameters.text("prefix") ?? ""
    return work(version, searches: Self.scan, items: limit) { servable in
      let found = find(servable, prefix, limit)
      return JSONText.of { $0.object([what: { $0.list(found) { $0.string($1) } }]) }
    }
  }

  private func history(_ parameters: Parameters) throws -> Work {
    try parameters.refuseOthers(than: Self.choosing + ["user", "limit"])
    let (_, version) = try version(parameters)
    let user = try parameters.required("user")
    let limit = try parameters.number("limit", in: 1...1000, or: 1000)
    return work(version, searches: Self.scan, items: limit) { servable in
      let history = servable.history(of: user)
      return JSONText.of { json in
        json.object([
          "user": { $0.string(user) }, "known": { $0.raw("\(history != nil)") },
          "count": { $0.raw("\(history?.count ?? 0)") },
          "history": { json in
            json.list((history ?? []).prefix(limit)) { json, candidate in
              json.object([
                "candidate": { $0.string(candidate) }, "name": { Self.name(&$0, of: candidate, servable) },
                "fields": { Self.fields(&$0, of: candidate, servable) },
              ])
            }
          },
        ])
      }
    }
  }

  private var models: [UInt8] {
    let models = registry.names.compactMap { registry.model($0) }
    return JSONText.of { json in
      json.object([
        "models": { json in
          json.list(models) { json, model in
            json.object([
              "name": { $0.string(model.name) }, "current": { $0.raw("\(model.current?.number ?? 0)") },
              "versions": { $0.list(model.versions) { Self.facts(&$0, $1) } },
              "refused": {
                $0.list(model.refused) { json, refused in
                  json.object(["version": { $0.raw("\(refused.number)") }, "reason": { $0.string(refused.reason) }])
                }
              },
              "labels": { json in
                json.members(model.labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) { $0.raw("\($1)") }
              },
            ])
          }
        }
      ])
    }
  }

  private static func facts(_ json: inout JSONText, _ version: ServedVersion) {
    let facts = version.servable.facts
    json.object([
      "version": { $0.raw("\(version.number)") }, "digest": { $0.string(facts.digest) },
      "queries": { $0.raw("\(facts.queries)") }, "candidates": { $0.raw("\(facts.candidates)") },
      "dimension": { $0.raw("\(facts.dimension)") }, "index": { $0.string(facts.index) },
      "objective": { $0.string(facts.objective) },
      "rating": { json in
        if let column = version.servable.ratingColumn { json.string(column) } else { json.raw("null") }
      },
      "fields": { $0.list(version.servable.fieldNames) { $0.string($1) } },
      "features": { json in
        json.list(version.queryFeatures) { json, feature in
          json.object([
            "name": { $0.string(feature.name) }, "kind": { $0.string(feature.kind.rawValue) },
            "values": { $0.list(feature.values) { $0.string($1) } },
          ])
        }
      },
    ])
  }
}
