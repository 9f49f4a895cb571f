import Foundation
import Testing

@Suite("Sources")
struct SourceTests {
  private func workshop(_ source: String) throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("s", ["raw": "sources.data"], "")], head: "sources:\n  data: { \(source) }\n")
    return workshop
  }

  @Test("count by their contents, not by name or time")
  func contents() throws {
    let workshop = try workshop("path: data.txt")
    try workshop.write("one", to: "data.txt")
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 5)], ofItemAtPath: "\(workshop.folder)/data.txt")
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
    try workshop.write("two", to: "data.txt")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 5)], ofItemAtPath: "\(workshop.folder)/data.txt")
    let changed = try workshop.runner("pipeline.yaml")
    #expect(changed.error.contains("run    s  input raw "))
  }

  @Test("that are missing are fetched by their script, from the pipeline's folder, and checked")
  func fetch() throws {
    let workshop = try workshop("path: raw/data.txt, fetch: Scripts/get")
    try workshop.write(
      "#!/bin/sh\npwd\nmkdir -p \"$(dirname \"$1\")\"\necho fetched > \"$1\"\n", to: "Scripts/get", executable: true)
    let dry = try workshop.runner("pipeline.yaml", "--dry-run")
    #expect(dry.status == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(workshop.folder)/raw"))
    let result = try workshop.runner("\(workshop.folder)/pipeline.yaml", in: "/")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("source data: \(workshop.folder)/raw/data.txt is missing, fetching it with"))
    #expect(result.error.contains("    \(workshop.folder)\n") || result.error.contains("    /private"))
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
  }

  @Test("that cannot be had give one line")
  func failures() throws {
    let missing = try workshop("path: nowhere")
    #expect(
      try missing.runner("pipeline.yaml").error.hasSuffix(
        "source data: nowhere does not exist, and the pipeline names no \"fetch\" for it; put the data there\n"))
    let failing = try workshop("path: nowhere, fetch: ./get")
    #expect(
      try failing.runner("pipeline.yaml").error.contains("source data: its \"fetch\", get, is no executable file"))
    try failing.write("#!/bin/sh\necho no network >&2\nexit 4\n", to: "get", executable: true)
    let failed = try failing.runner("pipeline.yaml")
    #expect(failed.status == 1)
    #expect(failed.error.contains("    no network"))
    #expect(failed.error.contains("runner: source data: get failed (exit code 4); all it said is in artifacts/runs/"))
    try failing.write("#!/bin/sh\n", to: "get", executable: true)
    #expect(try failing.runner("pipeline.yaml").error.contains("get ended well, but nowhere is not there"))
  }

  @Test("can be pinned to a digest")
  func pinned() throws {
    let workshop = try workshop("path: data.txt, digest: \(String(repeating: "0", count: 64))")
    try workshop.write("one", to: "data.txt")
    let refused = try workshop.runner("pipeline.yaml")
    #expect(refused.status == 1)
    let words = refused.error.split(separator: " ").map(String.init)
    let place = try #require(words.firstIndex(of: "digest"))
    let digest = words[place + 1].filter { $0 != "," }
    try workshop.pipeline(
      [("s", ["raw": "sources.data"], "")], head: "sources:\n  data: { path: data.txt, digest: [\(digest)] }\n")
    #expect(try workshop.runner("pipeline.yaml").status == 0)
  }
}
