import Foundation
import Testing

@Suite("Sources")
struct SourceTests {
  private func workshop(_ source: String) throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("s", ["raw": "sources.data"], "")], head: "sources:\n  data: { \(source) }\n")
    return workshop
  }

  @Test("are identified by contents, not by name or time")
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

  @Test("may not contain the artifacts folder, which every run changes")
  func storeInSource() throws {
    let workshop = try workshop("path: raw")
    try workshop.write("one", to: "raw/data.txt")
    for store in ["raw", "raw/artifacts", "./raw/more/artifacts"] {
      let refused = try workshop.runner("pipeline.yaml", "--artifacts", store)
      #expect(refused.status == 1)
      #expect(
        refused.error.hasPrefix("runner: the artifacts would lie in the source data, raw, and change it"),
        "\(refused.error)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(workshop.folder)/raw") == ["data.txt"])
    #expect(try workshop.runner("pipeline.yaml", "--artifacts", "raw-artifacts", "--dry-run").status == 0)
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

  @Test("that two runs want at once are fetched by one of them, and the other takes its result")
  func fetchedOnce() throws {
    let workshop = try workshop("path: data.txt, fetch: ./get, refresh: always")
    try workshop.write(
      "#!/bin/sh\necho x >> calls; until [ -e go ]; do sleep 0.02; done; echo one > \"$1\"\n", to: "get",
      executable: true)
    let first = try workshop.start(Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs"])
    #expect(eventually { (try? workshop.read("calls")) == "x\n" })
    // Of a store of its own, which knows nothing of the first.
    let second = try workshop.start(
      Workshop.runner, ["pipeline.yaml", "--stages-dir", "\(workshop.folder)/programs", "--artifacts", "others"])
    #expect(
      eventually {
        let said = (try? String(contentsOfFile: second.errorPath, encoding: .utf8)) ?? ""
        return said.contains("source data is being fetched by run ")
      })
    try workshop.write("", to: "go")
    for running in [first, second] {
      running.process.waitUntilExit()
      #expect(running.process.terminationStatus == 0)
    }
    #expect(try workshop.read("calls") == "x\n")
    let said = try second.result().error
    #expect(said.contains("source data: fetched by another run meanwhile"), "\(said)")
    #expect(workshop.list(".").filter { $0.hasPrefix(".fetching") }.isEmpty)
  }

  @Test("that cannot be fetched give a one-line error")
  func failures() throws {
    let missing = try workshop("path: nowhere")
    #expect(
      try missing.runner("pipeline.yaml").error.hasSuffix(
        "source data: nowhere does not exist, and the pipeline names no \"fetch\" or \"command\" for it; put the data there\n"
      ))
    let failing = try workshop("path: nowhere, fetch: ./get")
    #expect(
      try failing.runner("pipeline.yaml").error.contains("source data: its \"fetch\", get, is not an executable file"))
    try failing.write("#!/bin/sh\necho no network >&2\nexit 4\n", to: "get", executable: true)
    let failed = try failing.runner("pipeline.yaml")
    #expect(failed.status == 1)
    #expect(failed.error.contains("    no network"))
    #expect(
      failed.error.contains("runner: source data: get failed (exit code 4); its full output is in artifacts/runs/"))
    try failing.write("#!/bin/sh\n", to: "get", executable: true)
    let empty = try failing.runner("pipeline.yaml").error
    #expect(
      empty.contains("get exited with status 0 but did not write ")
        && empty.contains("puts the data at the path that is its argument"))
  }

  @Test("that were half fetched are missing, and the next run fetches them again")
  func halfAFetch() throws {
    let workshop = try workshop("path: data, fetch: ./get")
    try workshop.write("#!/bin/sh\nmkdir \"$1\"; echo half > \"$1/a\"\nexit 1\n", to: "get", executable: true)
    #expect(try workshop.runner("pipeline.yaml").status == 1)
    #expect(workshop.list(".").filter { $0.contains("data") }.isEmpty)
    try workshop.write(
      "#!/bin/sh\nmkdir \"$1\"; echo one > \"$1/a\"; echo two > \"$1/b\"\n", to: "get", executable: true)
    try workshop.pipeline(
      [("s", ["raw": "sources.data"], "mode: ok")], head: "sources:\n  data: { path: data/a, fetch: ./get }\n")
    try workshop.write("#!/bin/sh\necho one > \"$1\"\n", to: "get", executable: true)
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.read("data/a") == "one\n" && workshop.list("data") == ["a"])
  }

  @Test("are fetched again when they are old, always, or by --refetch, and the same data change nothing")
  func refresh() throws {
    let workshop = try workshop("path: data.txt, fetch: ./get, refresh: 1h")
    try workshop.write("#!/bin/sh\necho x >> calls; cat answer > \"$1\"\n", to: "get", executable: true)
    try workshop.write("one", to: "answer")
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    s"))
    #expect(try workshop.read("calls") == "x\n", "it is not an hour old")
    #expect(try workshop.runner("pipeline.yaml", "--refetch").error.contains("hit    s"), "the same data")
    #expect(try workshop.read("calls") == "x\nx\n")
    // The fetch was two hours ago.
    let path = "artifacts/sources/data.json"
    let record = try workshop.read(path)
    let time = try #require(record.firstMatch(of: /"fetched": ([0-9]+)/))
    let earlier = (Int(time.1) ?? 0) - 7200
    try workshop.write(record.replacingOccurrences(of: String(time.1), with: "\(earlier)"), to: path)
    try workshop.write("two", to: "answer")
    let dry = try workshop.runner("pipeline.yaml", "--dry-run")
    #expect(dry.output.contains("fetch of sources.data due, then open"), "\(dry.said)")
    #expect(try workshop.read("calls") == "x\nx\n")
    #expect(try workshop.runner("pipeline.yaml").error.contains("run    s  input raw "))
    #expect(try workshop.read("data.txt") == "two")
    // A fetch that fails leaves the old data.
    try workshop.write("#!/bin/sh\necho bad > \"$1\"; exit 1\n", to: "get", executable: true)
    #expect(try workshop.runner("pipeline.yaml", "--refetch").status == 1)
    #expect(try workshop.read("data.txt") == "two")
  }

  @Test("are the standard output of a command, which gets its secrets from the environment")
  func command() throws {
    let workshop = try workshop("path: raw/data.csv, command: [./get, 'a b'], refresh: always")
    try workshop.write(
      "#!/bin/sh\nprintf 'who,what\\n%s,tea\\n' \"$1\"\necho \"connecting with $SHOP_PASSWORD\" >&2\n", to: "get",
      executable: true)
    let variables = ["SHOP_PASSWORD": "hunter2 and more"]
    let result = try workshop.runner("pipeline.yaml", environment: variables)
    #expect(result.status == 0, "\(result.error)")
    #expect(try workshop.read("raw/data.csv") == "who,what\na b,tea\n")
    #expect(result.error.contains("connecting with ***\n") && !result.error.contains("hunter2"))
    let logs = workshop.list("artifacts/runs").filter { !$0.hasPrefix(".") }
    for run in logs {
      for file in workshop.list("artifacts/runs/\(run)") {
        #expect(try !workshop.read("artifacts/runs/\(run)/\(file)").contains("hunter2"), "\(file)")
      }
    }
    #expect(try workshop.runner("pipeline.yaml", environment: variables).error.contains("hit    s"), "the same data")
    // A command that fails leaves the old data, and its last words are shown.
    try workshop.write(
      "#!/bin/sh\necho half\necho 'no database there' >&2\nexit 2\n", to: "get", executable: true)
    let failed = try workshop.runner("pipeline.yaml")
    #expect(failed.status == 1)
    #expect(
      failed.error.contains("get failed (exit code 2): no database there; its messages are in "), "\(failed.error)")
    try workshop.write("#!/bin/sh\n", to: "get", executable: true)
    let silent = try workshop.runner("pipeline.yaml").error
    #expect(silent.contains("get printed no data; it must print the data on standard output"), "\(silent)")
    #expect(try workshop.read("raw/data.csv") == "who,what\na b,tea\n")
    #expect(workshop.list("raw") == ["data.csv"])
  }

  @Test("with a command that cannot be run, or that holds a password, are refused in one line")
  func badCommands() throws {
    let cases = [
      ("command: [no-such-program-here]", "its \"command\" needs no-such-program-here, and there is no such program"),
      ("command: []", "command is empty; give a program and its arguments"),
      ("command: [a], fetch: b", "fetch and command both make the data; give one of them"),
      ("command: [psql, 'postgres://me:hunter2@host/db']", "a password stands in the file; give it by the environment"),
      ("command: [psql, 'host=h password=hunter2']", "a password stands in the file; give it by the environment"),
      ("refresh: always", "refresh goes with fetch or command"),
    ]
    for (fields, words) in cases {
      let result = try workshop("path: data, \(fields)").runner("pipeline.yaml")
      #expect(result.status != 0 && result.error.contains(words), "\(result.error)")
    }
    let shell = try workshop("path: data, command: [sh, -c, 'echo postgres://me:$SHOP_PASSWORD@host/db']")
    #expect(try shell.runner("pipeline.yaml", environment: ["SHOP_PASSWORD": "hunter2"]).status == 0)
  }

  @Test("that change while a stage reads them discard its outputs")
  func changing() throws {
    let workshop = try workshop("path: data.txt")
    try workshop.write("one", to: "data.txt")
    try workshop.pipeline(
      [("s", ["raw": "sources.data"], "mode: rewrite, text: \(workshop.folder)/data.txt")],
      head: "sources:\n  data: { path: data.txt }\n")
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 1)
    #expect(result.error.contains("data.txt changed while it was read, and nothing was made of it"), "\(result.error)")
    #expect(workshop.list("artifacts/s").isEmpty)
  }

  @Test("may be artifacts of other runs")
  func artifacts() throws {
    let workshop = try workshop("path: data.txt")
    try workshop.write("one", to: "data.txt")
    #expect(try workshop.runner("pipeline.yaml").status == 0)
    try FileManager.default.copyItem(
      atPath: "\(workshop.folder)/artifacts/s/latest/out.tandem", toPath: "\(workshop.folder)/yesterday.tandem")
    let head = "sources:\n  data: { path: data.txt }\n  yesterday: { path: yesterday.tandem, kind: artifact }\n"
    try workshop.pipeline(
      [("s", ["raw": "sources.data"], ""), ("t", ["a": "s.out", "b": "sources.yesterday"], "")], head: head)
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0, "\(result.error)")
    #expect(try workshop.runner("pipeline.yaml").error.contains("hit    t"))
    // Who writes the same again meanwhile does no harm.
    for (source, file) in [("yesterday", "yesterday.tandem"), ("data", "data.txt")] {
      try workshop.pipeline(
        [
          (
            "t", [source == "data" ? "raw" : "a": "sources.\(source)"], "mode: touch, text: \(workshop.folder)/\(file)"
          )
        ], head: head)
      let touched = try workshop.runner("pipeline.yaml")
      #expect(touched.status == 0, "\(touched.error)")
    }
    try workshop.pipeline(
      [("t", ["raw": "sources.yesterday"], "")], head: head)
    #expect(
      try workshop.runner("pipeline.yaml").error.contains("sources.yesterday is an artifact; expected raw data"))
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
