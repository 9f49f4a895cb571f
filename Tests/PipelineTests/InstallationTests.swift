import Foundation
import Testing

@testable import Pipeline

@Suite("Installed programs")
struct InstallationTests {
  @Test("have the identities that the table gives them wherever they are copied, until they are changed")
  func identities() throws {
    let workshop = try Workshop()
    let (built, copied) = ("\(workshop.folder)/built", "\(workshop.folder)/copied")
    for isInstalled in [true, false] {
      try workshop.write("one", to: "built/train", executable: true)
      try ProgramTable(
        sources: "", identities: ["train": "sources", "index": "others"], folder: built, isInstalled: isInstalled
      ).publish(to: "\(built)/programs.json")
      try FileManager.default.copyItem(atPath: built, toPath: copied)
      defer { try? FileManager.default.removeItem(atPath: copied) }
      func identity(_ folder: String) throws -> String? {
        try ProgramFolder(path: folder).program("train", digests: KnownDigests())?.identity
      }
      #expect(try identity(built) == "sources" && identity(copied) == "sources")
      #expect(try ProgramFolder(path: copied).program("index", digests: KnownDigests()) == nil)
      try workshop.write("two", to: "copied/train", executable: true)
      #expect(try identity(copied) != "sources")
    }
  }
}
