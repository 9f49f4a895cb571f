import Artifacts
import CanonicalJSON
import Testing

@testable import Pipeline

@Suite("The cache key of a stage")
struct CacheKeyTests {
  private let inputs = ["a": Digest.of("first"), "b": Digest.of("second")]

  private func stage(
    _ change: (inout StageDescription, inout [String: JSON], inout String, inout [String: String?]) -> Void = {
      _, _, _, _ in
    }
  ) -> CheckedStage {
    var description = StageDescription(
      contract: 1, version: 1,
      inputs: ["a", "b"].map { .init(name: $0, type: "note", version: 1, isOptional: true) },
      outputs: [.init(name: "out", type: "note", version: 1, isOptional: false)],
      params: [
        .init(name: "rate", type: "number", isList: false, choices: [], defaultValue: .number(0.5)),
        .init(name: "epochs", type: "integer", isList: false, choices: [], defaultValue: 3),
      ])
    var given: [String: JSON] = [:]
    var identity = "0123"
    var environment: [String: String?] = [:]
    change(&description, &given, &identity, &environment)
    return CheckedStage(
      name: "s", program: Program(path: "/somewhere/s", identity: identity), description: description,
      inputs: ["a": .source("x"), "b": .source("y")], givenParams: given, environment: environment)
  }

  @Test("is the same on every machine and in every later version")
  func golden() {
    let key = CacheKey(stage(), inputs: inputs)
    #expect(
      key.json.text == """
        {"contract":1,"environment":{},"format":1,"inputs":{"a":{"digest":"\(Digest.of("first"))","type":"note"},\
        "b":{"digest":"\(Digest.of("second"))","type":"note"}},"outputs":{"out":{"type":"note","version":1}},\
        "params":{"epochs":{"type":"integer","value":3},"rate":{"type":"number","value":0.5}},\
        "program":{"identity":"0123","version":1}}
        """)
    #expect(key.version == key.digest.hexadecimal.prefix(12))
  }

  @Test("is the same for a default and for the same value given")
  func defaults() {
    let key = CacheKey(stage(), inputs: inputs)
    #expect(
      CacheKey(
        stage {
          $1 = ["rate": .number(0.5), "epochs": 3]
          _ = ($0, $2, $3)
        }, inputs: inputs) == key)
  }

  @Test("changes with any single thing that an output depends on")
  func singleChanges() {
    let changed: [CacheKey] = [
      CacheKey(stage(), inputs: inputs),
      CacheKey(
        stage {
          $1["epochs"] = 4
          _ = ($0, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $1["rate"] = .number(0.25)
          _ = ($0, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.version = 2
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.contract = 0
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.params[0].type = "text"
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.params[1].isList = true
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.outputs[0].version = 2
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.outputs[0].type = "letter"
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $0.inputs[0].type = "letter"
          _ = ($1, $2, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $2 = "0124"
          _ = ($0, $1, $3)
        }, inputs: inputs),
      CacheKey(
        stage {
          $3["HOME"] = "/x"
          _ = ($0, $1, $2)
        }, inputs: inputs),
      CacheKey(
        stage {
          $3["HOME"] = .some(nil)
          _ = ($0, $1, $2)
        }, inputs: inputs),
      CacheKey(stage(), inputs: ["a": Digest.of("first")]),
      CacheKey(stage(), inputs: ["a": Digest.of("second"), "b": Digest.of("first")]),
      CacheKey(stage(), inputs: ["a": Digest.of("first"), "c": Digest.of("second")]),
    ]
    #expect(Set(changed.map(\.digest)).count == changed.count)
  }

  @Test("names what has changed since, in plain words")
  func reasons() {
    let old = CacheKey(stage(), inputs: inputs)
    let new = CacheKey(
      stage {
        $0.version = 2
        $1["epochs"] = 10
        $3["TZ"] = "UTC"
        _ = $2
      }, inputs: ["a": Digest.of("third"), "b": Digest.of("second")])
    let reasons = Planner.changes(from: old, to: new, pending: []).map(\.description)
    #expect(
      reasons == [
        "program version 1 → 2", "param epochs 3 → 10",
        "input a \(Digest.of("first").short) → \(Digest.of("third").short)", "environment TZ",
      ])
    #expect(Planner.changes(from: old, to: old, pending: []).isEmpty)
    #expect(!Planner.changes(from: old, to: new, pending: ["a"]).map(\.description).contains { $0.contains("input a") })
  }
}
