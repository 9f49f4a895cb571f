import Foundation
import Testing

/// What the store has is what others build on.
@Suite("A damaged store")
struct StoreHealthTests {
  /// Two stages, of which the second reads the first.
  private func workshop() throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("one", [:], "text: first"), ("two", ["a": "one.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    return workshop
  }

  /// Turns a bit of what lies behind the preamble.
  private func damage(_ workshop: Workshop, _ stage: String) throws {
    let path = "\(workshop.folder)/artifacts/\(stage)/latest/out.tandem"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[130] ^= 1
    try data.write(to: URL(fileURLWithPath: path))
  }

  private func inspect(_ workshop: Workshop, _ arguments: String...) throws -> Workshop.Result {
    try workshop.run("\(Workshop.released)/inspect", arguments)
  }

  @Test("is repaired before another stage reads it")
  func mended() throws {
    let workshop = try workshop()
    let note = try workshop.note("one")["inputs"] as? [String: String]
    try damage(workshop, "one")
    let result = try workshop.runner("pipeline.yaml", "--set", "two.count=2")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("one is made again"), "\(result.error)")
    #expect(try workshop.note("one")["inputs"] as? [String: String] == note)
    #expect(try inspect(workshop, "verify").output.hasSuffix("artifacts are sound\n"))
  }

  @Test("is refused if the damaged stage was not selected")
  func refused() throws {
    let workshop = try workshop()
    try damage(workshop, "one")
    let result = try workshop.runner("pipeline.yaml", "--only", "two", "--force")
    #expect(result.status == 1)
    #expect(
      result.error.contains("its input \"a\" is damaged") && result.error.contains("make it again with --from one"))
  }

  @Test("is repaired by --force, which does not trust recorded digests")
  func forced() throws {
    let workshop = try workshop()
    try damage(workshop, "two")
    #expect(try inspect(workshop, "verify").status == 1)
    let result = try workshop.runner("pipeline.yaml", "--only", "two", "--force")
    #expect(result.status == 0 && result.error.contains("it is replaced"), "\(result.error)")
    #expect(try inspect(workshop, "verify").status == 0)
  }

  @Test("is reported as sound only if it can be read", arguments: [">/dev/full", ">&-"])
  func output(redirection: String) throws {
    let workshop = try workshop()
    for command in [
      "\(Workshop.released)/inspect verify", "\(Workshop.released)/inspect one",
      "\(Workshop.runner) pipeline.yaml --stages-dir programs --dry-run",
      "\(Workshop.runner) graph pipeline.yaml --stages-dir programs",
    ] {
      let result = try workshop.run("/bin/sh", ["-c", "exec \(command) \(redirection)"])
      #expect(result.status == 1 && result.error.contains(": standard output: write: "), "\(command): \(result.said)")
    }
  }

  @Test("is reported by inspect verify: empty, outputs swapped, missing, or without a manifest")
  func verify() throws {
    let workshop = try workshop()
    #expect(try inspect(workshop, "verify", "--artifacts", "nowhere").status == 1)
    try FileManager.default.createDirectory(atPath: "\(workshop.folder)/empty", withIntermediateDirectories: true)
    let empty = try inspect(workshop, "verify", "--artifacts", "empty")
    #expect(empty.status == 1 && empty.error.contains("empty: there is no artifact to verify"))
    let files = FileManager.default
    let (one, two) = (
      "\(workshop.folder)/artifacts/one/latest/out.tandem", "\(workshop.folder)/artifacts/two/latest/out.tandem"
    )
    try files.moveItem(atPath: one, toPath: one + ".aside")
    try files.copyItem(atPath: two, toPath: one)
    let swapped = try inspect(workshop, "verify")
    #expect(
      swapped.status == 1 && swapped.error.contains("it is not what stage.json beside it names"), "\(swapped.error)")
    try files.removeItem(atPath: one)
    #expect(try inspect(workshop, "verify").status == 1)
    try files.moveItem(atPath: one + ".aside", toPath: one)
    #expect(try inspect(workshop, "verify").status == 0)
    try files.removeItem(atPath: "\(workshop.folder)/artifacts/two/latest/stage.json")
    #expect(try inspect(workshop, "verify").status == 1)
  }

  @Test("is not taken for empty because of one invalid name")
  func oddNames() throws {
    let workshop = try workshop()
    let odd = try workshop.run("/bin/sh", ["-c", "touch \"$(printf 'artifacts/one/caf\\351')\""])
    #expect(odd.status == 0)
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0 && result.error.contains("hit    one"), "\(result.error)")
  }

  @Test("that cannot be listed is an error, not an empty store")
  func unreadable() throws {
    let workshop = try workshop()
    // What root could read all the same, but for this.
    try FileManager.default.removeItem(atPath: "\(workshop.folder)/artifacts/two")
    try workshop.write("", to: "artifacts/two")
    for options in [[], ["--dry-run"]] {
      let result = try workshop.run(
        Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"] + options)
      #expect(result.status == 1 && result.error.contains("artifacts/two: read the folder: "), "\(result.said)")
    }
  }

  @Test("keeps no output of a program that was edited while it ran")
  func edited() throws {
    let workshop = try Workshop()
    let program = "\(workshop.folder)/stage.py"
    try FileManager.default.copyItem(atPath: Workshop.stage, toPath: program)
    try workshop.write(
      "name: notes\nstages:\n  s:\n    program: ./stage.py\n    params: { mode: edit, text: \(program) }\n",
      to: "pipeline.yaml")
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1 && result.error.contains("was changed while it ran"), "\(result.error)")
    #expect(workshop.list("artifacts/s").isEmpty)
  }

  @Test("--quiet still prints what a stage that failed said last, and little after success")
  func quiet() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: fail")])
    let failed = try workshop.runner("pipeline.yaml", "--quiet")
    #expect(failed.status == 1)
    #expect(
      failed.error.hasPrefix(
        "s: note: fail\nrunner: s failed (exit code 1): note: this is why it failed; its full output is in "))
    try workshop.pipeline([("s", [:], "mode: ok")])
    let good = try workshop.runner("pipeline.yaml", "--quiet")
    #expect(good.error.isEmpty && good.output.split(separator: "\n").count == 1, "\(good.said)")
  }

  @Test("a run that ignores SIGHUP, as under nohup, continues")
  func noHangUp() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: sleep, text: \(workshop.folder)/pids")])
    let running = try workshop.start(
      "/bin/sh", ["-c", "trap '' HUP; exec \(Workshop.runner) pipeline.yaml --stages-dir \(workshop.folder)/programs"])
    #expect(eventually { ((try? workshop.read("pids")) ?? "").contains(" ") })
    kill(running.process.processIdentifier, SIGHUP)
    usleep(300_000)
    #expect(running.process.isRunning)
    kill(running.process.processIdentifier, SIGTERM)
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 128 + SIGTERM)
  }
}
