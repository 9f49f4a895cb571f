import Foundation
import Testing

@Suite("A run in which nothing changed")
struct UnchangedRunTests {
  private func described(_ workshop: Workshop) throws -> Int { try workshop.read("described").count }

  @Test("asks no program for its description again, until its file changes")
  func descriptions() throws {
    let workshop = try Workshop()
    let program = try String(contentsOfFile: Workshop.stage, encoding: .utf8)
    try workshop.write(program, to: "own/stage.py", executable: true)
    try workshop.write("", to: "described")
    try workshop.write("stages:\n  s: { program: own/stage.py }\n  t: { program: own/stage.py }\n", to: "pipeline.yaml")
    #expect(try workshop.runner("pipeline.yaml", "--dry-run").status == 0)
    #expect(try described(workshop) == 1 && workshop.list("artifacts").isEmpty)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try described(workshop) == 2)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.runner("status", "pipeline.yaml").status == 0)
    #expect(try described(workshop) == 2)
    // Whoever checks the pipeline wants to know, and so does an error.
    #expect(try workshop.runner("validate", "pipeline.yaml").status == 0)
    #expect(try described(workshop) == 3)
    #expect(try workshop.runner("pipeline.yaml", "--set", "s.nothing=1").status == 1)
    #expect(try described(workshop) == 4)
    try workshop.write(program + "# More.\n", to: "own/stage.py", executable: true)
    #expect(try workshop.runner("pipeline.yaml").error.contains("program changed"))
    #expect(try described(workshop) == 5)
    // What is kept may be deleted at any time.
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/artifacts/.cache")
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s  unchanged"))
  }

  @Test("finds a source that was written to with the same size and time, though digests are kept")
  func sources() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", ["raw": "sources.data"], "")], head: "sources:\n  data: { path: data.txt }\n")
    try workshop.write("one", to: "data.txt")
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    func age() throws {
      try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: "\(workshop.folder)/data.txt")
    }
    try age()
    sleep(3)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.read("artifacts/.cache/digests.json").contains("data.txt"))
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
    try workshop.write("two", to: "data.txt")
    try age()
    #expect(try workshop.runner("pipeline.yaml").error.contains("run    s  input raw "))
  }

  @Test("makes as many system calls with many old versions and runs as with few")
  func systemCalls() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], ""), ("two", ["a": "one.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    try #require(
      FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is missing; run Scripts/prepare strace")
    func calls() throws -> Int {
      let traced = try workshop.run(
        "/usr/bin/strace",
        ["-f", "-o", "calls", Workshop.runner, "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"])
      #expect(traced.status == 0 && traced.error.contains("hit    two"), "\(traced.error)")
      return try workshop.read("calls").split(separator: "\n").count
    }
    _ = try calls()
    let few = try calls()
    for number in 0..<300 {
      for stage in ["one", "two"] {
        try workshop.write("{}", to: "artifacts/\(stage)/old\(number)/stage.json")
      }
      try workshop.write("{}", to: "artifacts/runs/20200101T000000Z-\(number)/run.json")
    }
    #expect(try calls() < few + 20)
  }
}
