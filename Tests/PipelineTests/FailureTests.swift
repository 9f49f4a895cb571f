import Foundation
import Testing

@Suite("Failures of a run")
struct FailureTests {
  @Test("A stage that fails, or reports success without its outputs, publishes nothing and stops the run")
  func lyingStages() throws {
    let cases = [
      ("fail", "s failed (exit code 1): note: this is why it failed; its full output is in artifacts/runs/"),
      ("crash", "s failed (killed by signal 11 (segmentation fault)): note: crash; its full output is in"),
      ("missing", "s exited with status 0 but did not write its output \"out\""),
      (
        "wrong-type",
        "s exited with status 0, but its output \"out\" cannot be used: holds \"other\"; expected \"note\""
      ),
      (
        "later",
        "s exited with status 0, but its output \"out\" cannot be used: note version 9, and this build reads up to 1"
      ),
      (
        "damaged",
        "s exited with status 0, but its output \"out\" cannot be used: section \"text\": the checksum does not match"
      ),
      ("extra", "s left \"scratch.txt\" among its outputs, which it does not declare"),
      ("backup", "s left \"out.backup\" among its outputs, which it does not declare"),
    ]
    for (mode, message) in cases {
      let workshop = try Workshop()
      try workshop.pipeline([("s", [:], "mode: \(mode)"), ("t", ["a": "s.out"], "")])
      let result = try workshop.runner("pipeline.yaml")
      #expect(result.status == 1)
      #expect(result.error.contains("runner: \(message)"), "\(mode): \(result.error)")
      #expect(workshop.list("artifacts/s").isEmpty, "\(mode)")
      #expect(workshop.list("artifacts/t").isEmpty)
      let record = try workshop.record()
      #expect(record.state == "failed")
      #expect(record.results == ["s": "failed"])
      #expect(try workshop.read(try #require(record.stages[0].log)).contains("note: \(mode)"))
    }
  }

  @Test("The next run continues where a failed one stopped")
  func resume() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], ""), ("t", ["a": "s.out"], "mode: fail")])
    #expect(try workshop.runner("pipeline.yaml").status == 1)
    try workshop.pipeline([("s", [:], ""), ("t", ["a": "s.out"], "")])
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.record().results == ["s": "hit", "t": "made"])
  }

  @Test("Unusable programs are reported before any stage runs")
  func programs() throws {
    let workshop = try Workshop()
    try workshop.write("no program at all\u{1}", to: "junk", executable: true)
    try workshop.write("#!/bin/sh\nexit 3\n", to: "silent", executable: true)
    try workshop.write("#!/bin/sh\necho 'no JSON'\n", to: "chatty", executable: true)
    try workshop.write("#!/bin/sh\n", to: "plain")
    try workshop.write("#!/nowhere/interpreter\n", to: "orphaned", executable: true)
    try workshop.write(
      """
      stages:
        a: { program: ./junk }
        b: { program: ./silent }
        c: { program: ./chatty }
        d: { program: ./plain }
        e: { program: ./nothing }
        f: { program: nothing }
        g: { program: ./orphaned }
        h: { program: \(Workshop.stage), depends: [gone.py] }
      """, to: "pipeline.yaml")
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1)
    for message in [
      "pipeline.yaml:2:17: junk is not a program for this machine",
      "pipeline.yaml:3:17: silent: it does not answer --describe (exit code 3)",
      "pipeline.yaml:4:17: chatty: its --describe is not JSON",
      "pipeline.yaml:5:17: plain is not an executable file",
      "pipeline.yaml:6:17: no program at nothing",
      "pipeline.yaml:7:17: no program \"nothing\"",
      "pipeline.yaml:8:17: orphaned cannot be started: no such file or folder",
      "gone.py",
    ] { #expect(result.error.contains(message), "\(message)\n\(result.error)") }
    #expect(workshop.list("artifacts").isEmpty)
  }

  @Test("All wrong names and types are reported before any stage runs")
  func contract() throws {
    let workshop = try Workshop()
    try workshop.write(
      """
      sources: { data: { path: data.txt } }
      stages:
        a:
          program: \(Workshop.stage)
          inputs: { row: sources.data, a: sources.data }
          params: { cuont: 1, count: many, flag: yes, mode: okay, rate: [1] }
        b:
          program: \(Workshop.stage)
          inputs: { raw: a.out, a: a.output }
      """, to: "pipeline.yaml")
    let result = try workshop.runner("validate", "pipeline.yaml", "--set", "c.x=1", "--set", "b.text=fine")
    #expect(result.status == 1)
    for message in [
      "5:15: a has no input \"row\"; did you mean \"raw\"?", "5:37: sources.data is raw data; expected \"note\"",
      "6:15: a has no param \"cuont\"; did you mean \"count\"?", "6:32: count: \"many\" is not a whole number",
      "6:44: flag: \"yes\" is not true or false; write true or false", "6:55: mode: \"okay\" is not a choice",
      "6:67: rate: expected a number, found a list",
      "9:20: a.out is an artifact; expected raw data (sources.NAME)",
      "9:30: a has no output \"output\"; there are more, out", "--set c.x=1: no stage \"c\"",
    ] { #expect(result.error.contains(message), "\(message)\n\(result.error)") }
  }

  @Test("Output of a stage is logged and shown, valid UTF-8 or not")
  func logs() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("loud", [:], "mode: noisy"), ("odd", [:], "mode: broken-text")])
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0)
    #expect(result.error.contains("caf\u{fffd} \u{fffd}\u{fffd}"))
    #expect(try workshop.read(try #require(try workshop.record().stages[0].log)).utf8.count > 1 << 20)
    let quiet = try workshop.runner("pipeline.yaml", "--quiet", "--force")
    #expect(quiet.status == 0 && quiet.error.isEmpty)
  }

  @Test("A damaged artifact is detected and made again")
  func damage() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], ""), ("t", ["a": "s.out"], "")])
    try workshop.runner("pipeline.yaml")
    let path = "\(workshop.folder)/artifacts/s/latest/out.tandem"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try data.dropLast(3).write(to: URL(fileURLWithPath: path))
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0)
    #expect(result.error.contains("run    s  fails verification: s/"))
    #expect(result.error.contains("the file was cut short"))
    #expect(try workshop.record().results == ["s": "made", "t": "hit"])
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
  }

  @Test("A full disk gives a one-line error and leaves the store intact")
  func fullDisk() throws {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "text: \"\(String(repeating: "words ", count: 30_000))\"")])
    // A limit on the size of files stands for a full disk: every write beyond it fails.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""
    let result = try workshop.run(
      "/bin/bash", ["-c", limited, Workshop.runner, "pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"])
    #expect(result.status == 1)
    let last = try #require(result.error.split(separator: "\n").last)
    #expect(last.hasPrefix("runner: ") && last.contains("file too large"), "\(result.error)")
    #expect(workshop.list("artifacts/s").filter { !$0.hasPrefix(".") }.isEmpty)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
  }
}
