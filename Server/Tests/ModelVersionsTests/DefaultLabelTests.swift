import Glibc
import ModelVersions
import Testing

/// A label is a promise: another version does not answer in its place.
@Suite struct DefaultLabelTests {
  private static let damaged =
    "labels.json is damaged, so it is unknown which version is the default; fix or remove it"

  private func models(_ labels: String) throws -> Scratch {
    let models = try Scratch()
    for number in 1...4 { try models.place("a", "\(number)") }
    try models.label("a", labels)
    return models
  }

  @Test func aDefaultLabelSurvivesRestartsAndNewerVersions() async throws {
    let models = try models(#"{"default": 1}"#)
    #expect(await Watched(models).answer() == .version(1))
    try models.place("a", "5")
    let server = await Watched(models)
    #expect(server.answer() == .version(1))
    #expect(server.versions() == [5, 4, 1])
  }

  @Test(arguments: [true, false])
  func aLabelledVersionThatIsNotThereIsNotReplaced(isInFile: Bool) async throws {
    let models = try models(isInFile ? #"{"default": 9}"# : "{}")
    let server = await Watched(models, labels: isInFile ? [:] : ["default": 9])
    let reason =
      #"label "default" names version 9, which is not there; put it back, or move the label to what is served: 4, 3"#
    #expect(server.answer() == .absence(.notServed(model: "a", reason: reason)))
    #expect(server.registry.model("a")?.notReadyReason == reason)
    #expect(!server.registry.isReady)
    #expect(server.answer(.number(4)) == .version(4))
    #expect(server.log.take().contains("error: model \"a\": \(reason)"))
    try models.place("a", "9")
    await server.look()
    #expect(server.answer() == .version(9))
    #expect(server.log.take().contains("notice: no longer so: model \"a\": \(reason)"))
  }

  @Test func aLabelledVersionThatIsRefusedIsNotReplaced() async throws {
    let models = try models(#"{"default": 1, "canary": 3}"#)
    let server = await Watched(models) { $0.openings.fail(models.file("a/1/servable.tandem"), Openings.Damage()) }
    #expect(
      server.answer().reason
        == #"label "default" names version 1, which is refused (it is damaged); fix it, or move the label to what is served: 4, 3"#
    )
    #expect(server.answer(.label("canary")) == .version(3))
    #expect(server.answer(.label("other")) == .absence(.noLabel(model: "a", label: "other")))
  }

  @Test func aLabelledVersionThatIsRemovedIsServedUntilTheLabelMoves() async throws {
    let models = try models(#"{"default": 1}"#)
    let server = await Watched(models)
    _ = server.log.take()
    try models.remove("a/1")
    await server.look(2)
    #expect(server.answer() == .version(1))
    let complaint =
      #"model "a": version 1, which label "default" names, was removed; it is served until the server stops; put it back or move the label"#
    #expect(server.log.take() == ["error: \(complaint)"])
    #expect(await Watched(models).answer().reason?.contains("names version 1, which is not there") == true)
    try models.label("a", #"{"default": 3}"#)
    await server.look()
    #expect(server.answer() == .version(3))
    #expect(server.versions() == [4, 3])
  }

  @Test func labelsThatAreDamagedLeaveThoseThatWereGoodLast() async throws {
    let models = try models(#"{"default": 1, "canary": 2}"#)
    let server = await Watched(models)
    _ = server.log.take()
    try models.label("a", #"{"defau"#)
    await server.look(2)
    #expect(server.answer() == .version(1))
    #expect(server.answer(.label("canary")) == .version(2))
    let said = server.log.take()
    #expect(said.count == 1)
    #expect(said.first?.hasSuffix("the labels that were good last are kept") == true)
    try models.label("a", #"{"default": 2}"#)
    await server.look()
    #expect(server.answer() == .version(2))
  }

  @Test(arguments: [EACCES, EIO])
  func labelsThatCannotBeReadLeaveThoseThatWereGoodLast(code: Int32) async throws {
    let models = try models(#"{"default": 1}"#)
    let server = await Watched(models)
    server.files.fail("open", models.file("a/labels.json"), code)
    await server.look(2)
    #expect(server.answer() == .version(1))
  }

  @Test(arguments: ["", "{", "[]", #"{"default": "1"}"#, #"{"default": -1}"#, #"{"": 1}"#])
  func labelsThatAreDamagedAtTheStartLeaveNoDefault(text: String) async throws {
    let models = try models(text)
    let server = await Watched(models)
    #expect(server.answer() == .absence(.notServed(model: "a", reason: Self.damaged)))
    #expect(server.answer(.label("canary")).reason == Self.damaged)
    #expect(server.registry.model("a")?.notReadyReason == Self.damaged)
    #expect(server.answer(.number(4)) == .version(4))
    await server.look(3)
    #expect(server.answer().reason == Self.damaged)
    try models.remove("a/labels.json")
    await server.look()
    #expect(server.answer() == .version(4))
  }

  @Test func labelsThatCannotBeReadAtTheStartLeaveNoDefault() async throws {
    let models = try models(#"{"default": 1}"#)
    let path = models.file("a/labels.json")
    let server = await Watched(models) { $0.files.fail("open", path, EACCES) }
    #expect(
      server.answer().reason
        == "labels.json cannot be read (permission denied), so it is unknown which version is the default; "
        + "make it readable or remove it")
    server.files.fail("open", path, nil)
    await server.look()
    #expect(server.answer() == .version(1))
  }

  @Test func aDefaultOfTheCommandLineNeedsNoFile() async throws {
    let models = try models("torn")
    #expect(await Watched(models, labels: ["default": 2]).answer() == .version(2))
  }

  @Test func aDefaultIsKnownBeforeThereIsAnyVersion() async throws {
    let models = try Scratch()
    try models.label("a", #"{"default": 1}"#)
    let server = await Watched(models)
    #expect(server.answer().reason == #"label "default" names version 1, which is not there; put it back"#)
  }
}
