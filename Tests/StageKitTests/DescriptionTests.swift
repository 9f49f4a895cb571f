import ArgumentParser
import Artifacts
import CanonicalJSON
import Testing

@testable import StageKit

@Suite struct DescriptionTests {
  @Test("--describe prints ports and params with their types, defaults and help, byte for byte")
  func golden() {
    let ending = DoublingStage.respond(to: ["--describe"])
    #expect(
      ending
        == Ending(
          output: #"{"blocks":false,"check":true,"contract":1,"cooperates":false,"inputs":["#
            + #"{"name":"numbers","optional":false,"type":"numbers","version":2},"#
            + #"{"name":"extra","optional":true,"type":"numbers","version":2},"#
            + #"{"name":"notes","optional":false,"type":"source","version":0}],"#
            + #""options":[],"outputs":[{"name":"doubled","optional":false,"type":"numbers","version":2},"#
            + #"{"name":"count","optional":false,"type":"numbers","version":2}],"params":["#
            + #"{"choices":[],"default":2.0,"help":"What each number is multiplied with.","list":false,"#
            + #""name":"learning-rate","type":"number"},"#
            + #"{"choices":["none","nearest"],"default":"none","help":"How products are rounded.","list":false,"#
            + #""name":"rounding","type":"choice"},"#
            + #"{"choices":[],"default":42,"help":"What a draw would start from.","list":false,"#
            + #""name":"seed","type":"integer"},"#
            + #"{"choices":[],"default":null,"help":"At most so many numbers.","list":false,"#
            + #""name":"most","type":"integer"},"#
            + #"{"choices":[],"default":[],"help":"Leave these out.","list":true,"name":"without","type":"integer"},"#
            + #"{"choices":[],"default":["a","b"],"help":"Names, for nothing.","list":true,"name":"names","type":"text"},"#
            + #"{"choices":[],"default":false,"help":"Fail after the first output.","list":false,"#
            + #""name":"fails","type":"boolean"}],"stage":"double","summary":"Double numbers.","version":3,"work":true}"#
        ))
  }

  @Test("--help lists ports and params")
  func help() {
    let ending = DoublingStage.respond(to: ["--help"])
    #expect(ending.code == 0 && ending.complaint == nil)
    for words in [
      "Double numbers.", "extra (optional)", "--learning-rate", "--params-file", "--threads", "default: 42",
    ] {
      #expect(ending.output?.contains(words) == true, "\(words)")
    }
  }

  @Test("options of an option group are params")
  func groups() throws {
    struct Gate: ParsableArguments {
      @Option(help: "What to beat.") var beat = "popularity"
    }
    struct Gated: ParsableCommand {
      @OptionGroup var files: StageFiles
      @OptionGroup var gate: Gate
      @Option(help: "How many.") var topK = 10
    }
    let params = Params(of: try Gated.parse(["--beat=random"]))
    #expect(params.values == ["beat": "random", "top-k": 10])
  }

  @Test("params beyond 63 bits stay distinct in the lineage")
  func wideIntegers() {
    #expect(UInt64(Int64.max).json == .integer(.max))
    #expect(UInt64.max.json == "18446744073709551615" && (UInt64.max - 1).json == "18446744073709551614")
  }
}
