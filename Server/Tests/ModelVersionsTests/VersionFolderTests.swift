import ModelVersions
import Testing

/// The folders that are versions.
@Suite struct VersionFolderTests {
  @Test(arguments: [
    ("0", 0), ("7", 7), ("007", 7), ("9223372036854775807", Int.max), ("9223372036854775808", nil), ("", nil),
    ("-1", nil), ("+1", nil), ("v2", nil), ("2.new", nil), ("٣", nil),
  ])
  func versionsAreWrittenInDigits(name: String, number: Int?) { #expect(ModelSource.version(name) == number) }

  @Test func leadingZerosOfAVersionAreIgnored() async throws {
    let models = try Scratch()
    try models.place("a", "007")
    try models.place("a", "\(Int.max)")
    let server = await Watched(models)
    #expect(server.versions() == [Int.max, 7])
    #expect(!server.log.take().contains { $0.contains("passed over") })
  }

  @Test func thePlainFolderIsServedIfAVersionHasTwo() async throws {
    let models = try Scratch()
    let plain = try models.place("a", "7")
    let other = try models.place("a", "007")
    let server = await Watched(models)
    #expect(server.versions() == [7])
    #expect((server.openings.count(plain), server.openings.count(other)) == (1, 0))
    let said =
      "\(models.file("a/007")) is passed over: version 7 is \(models.file("a/7")) already; "
      + "remove or rename one of them"
    #expect(server.log.take().contains("warning: \(said)"))
    try models.remove("a/7")
    await server.look()
    #expect(server.versions() == [7])
    #expect(server.openings.count(other) == 1)
    #expect(server.log.take().contains("notice: no longer so: \(said)"))
  }

  @Test(arguments: [
    ("v2", "a version's folder is called by its number, as 7; rename it, or hide it by a leading dot"),
    ("2.new", "a version's folder is called by its number, as 7; rename it, or hide it by a leading dot"),
    ("9223372036854775808", "the greatest version is 9223372036854775807; give it a lower number"),
  ])
  func whatIsNoVersionIsSpokenOfOnce(name: String, reason: String) async throws {
    let models = try Scratch()
    try models.place("a", "1")
    try models.place("a", name)
    let server = await Watched(models)
    #expect(server.versions() == [1])
    #expect(server.log.take().contains("warning: \(models.file("a/\(name)")) is passed over: \(reason)"))
    await server.look(2)
    #expect(server.log.take() == [])
  }

  @Test func hiddenFoldersAndLabelsAreNotReported() async throws {
    let models = try Scratch()
    try models.place("a", "1")
    try models.place("a", ".2")
    try models.label("a", "{}")
    let server = await Watched(models)
    #expect(server.log.take() == ["notice: a version is served model=a version=1"])
  }
}
