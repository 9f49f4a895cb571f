import CanonicalJSON
import Foundation
import Testing

@Suite("The command that a run starts at its end", .serialized)
struct NotifyTests {
  /// A pipeline of one stage, whose command writes down what it is told.
  private func workshop(_ notify: String, mode: String = "ok", script: String? = nil) throws -> Workshop {
    let workshop = try Workshop()
    try workshop.pipeline([("s", [:], "mode: \(mode)")], head: "notify: \(notify)\n")
    try workshop.write(
      "#!/bin/sh\n"
        + (script ?? "{ pwd; echo \"$# $1\"; env | grep ^TANDEM_ | grep -v RUNNER= | sort; cat; } > told\n"),
      to: "tell me", executable: true)
    return workshop
  }

  @Test("gets the last event on standard input, and the words that the file gives")
  func told() throws {
    let workshop = try workshop("[./tell me, some words]")
    let result = try workshop.runner("pipeline.yaml")
    #expect(result.status == 0, "\(result.error)")
    let lines = try workshop.read("told").split(separator: "\n").map(String.init)
    let run = try #require(workshop.list("artifacts/runs").last)
    #expect(
      lines.dropFirst().prefix(5) == [
        "1 some words", "TANDEM_PIPELINE=notes", "TANDEM_RUN=\(run)",
        "TANDEM_RUN_FOLDER=\(workshop.folder)/artifacts/runs/\(run)", "TANDEM_STATE=finished",
      ])
    #expect(lines[0].hasSuffix(workshop.folder))
    let event = try JSON.parse(try #require(lines.last))
    #expect(event["event"]?.string == "run_finished" && event["run"]?.string == run && event["ran"] == 1)
  }

  @Test("may be for one end alone, or given on the command line")
  func ends() throws {
    let failing = try workshop("{ failure: [./tell me] }", mode: "fail")
    #expect(try failing.runner("pipeline.yaml").status == 1)
    #expect(try failing.read("told").contains("TANDEM_STATE=failed"))
    #expect(try failing.read("told").contains("this is why it failed"))
    let good = try workshop("{ failure: [./tell me] }")
    #expect(try good.runner("pipeline.yaml").status == 0)
    #expect(!good.list("").contains("told"))
    #expect(try good.runner("pipeline.yaml", "--notify", "./tell me").status == 0)
    #expect(good.list("").contains("told"))
  }

  @Test("fails in one line, without a word in the exit code or the key")
  func failing() throws {
    let workshop = try workshop("./tell me", script: "echo one; echo no network >&2; exit 3\n")
    let result = try workshop.runner("pipeline.yaml", "--quiet")
    #expect(result.status == 0)
    #expect(
      result.error.hasPrefix("notify: ") && result.error.hasSuffix("tell me failed (exit code 3): no network\n"),
      "\(result.error)")
    try workshop.pipeline([("s", [:], "mode: ok")], head: "notify: { success: no-such-program-of-ours }\n")
    let other = try workshop.runner("pipeline.yaml")
    #expect(other.status == 0 && other.error.contains("hit    s"), "\(other.error)")
    #expect(
      other.error.hasPrefix("notify: no program no-such-program-of-ours, so nobody will be told of success; "))
  }

  @Test("is checked like the rest of the file")
  func grammar() throws {
    func problem(_ notify: String) throws -> String {
      let workshop = try workshop(notify)
      let result = try workshop.runner("pipeline.yaml", "--dry-run")
      #expect(result.status == 1)
      return result.error
    }
    #expect(try problem("{ sucess: ./tell }").contains("2:11: notify has no \"sucess\"; did you mean \"success\"?"))
    #expect(try problem("{}").contains("notify is empty; give success, failure or both"))
    #expect(try problem("[]").contains("notify is empty; give a program and its arguments"))
    #expect(try problem("{ failure: [] }").contains("failure is empty; give a program and its arguments"))
    #expect(try problem("[[curl]]").contains("notify: expected text, found a list"))
    #expect(try problem("[curl, 'https://me:secret@example.org']").contains("a password stands in the file"))
  }
}
