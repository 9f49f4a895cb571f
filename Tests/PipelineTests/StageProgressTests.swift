import Testing

@testable import Pipeline

@Suite("Progress in the words of a stage")
struct StageProgressTests {
  @Test("is read from what Tandem's stages print")
  func own() {
    let forms: [(String, Double?, Double?)] = [
      ("train: epoch 3 of 12: loss 8.1, 8.0953 a pair", 0.25, nil),
      ("evaluate: judged 3 of 6 models, the last exact, in 12 s; about 40 s left", 0.5, 40),
      ("serve-export: folded in 90 of 120 queries in 5 s; about 2 s left", 0.75, 2),
      ("tune: trial 3 of 60, ials, dimension 64: ndcg@10 0.1 after 8 epochs; 35 % done, about 5 min left", 0.35, 300),
    ]
    for (line, share, left) in forms {
      let progress = StageProgress(line)
      #expect(progress?.share == share && progress?.secondsLeft == left, "\(line)")
      #expect(progress?.text.hasPrefix("t") == true || line.hasSuffix("\(progress?.text ?? "?")"))
    }
  }

  @Test("is read from words that are usual elsewhere")
  func others() {
    #expect(StageProgress(" 35%|███▌      | 35/100")?.share == 0.35)
    #expect(StageProgress("Step 10 of 40, loss 3")?.share == 0.25)
    #expect(StageProgress("copied; about 2 h left")?.secondsLeft == 7200)
  }

  @Test(
    "is not read into other sentences",
    arguments: [
      "ingest: 90000 of 100000 rows are kept", "split: 12 % of the rows are in the test part", "note: ok", "",
      "check: warning: 3 of 10 times are implausible", "epoch 3", "epoch 11 of 10", "epoch -1 of 10", "epoch 1 of 0",
      "epoch nan of nan", "150% more", "train: stopped after epoch 3 of 10", "about nan s left", "left",
      String(repeating: "epoch 3 of 10 ", count: 100),
    ])
  func noProgress(line: String) { #expect(StageProgress(line) == nil) }

  @Test("leaves the name of the program out")
  func names() {
    #expect(StageProgress.withoutProgram("train: a: b") == "a: b")
    #expect(StageProgress.withoutProgram("two words: b") == "two words: b")
    #expect(StageProgress.withoutProgram("http://x") == "http://x")
  }
}
