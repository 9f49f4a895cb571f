import ArgumentParser

/// Options that every benchmark of an index has.
struct VectorFiles: ParsableArguments {
  @Option(help: ArgumentHelp("Candidates: float32, one row each.", valueName: "file"))
  var vectors: String

  @Option(help: ArgumentHelp("Queries: float32, one row each.", valueName: "file"))
  var queries: String

  @Option(help: ArgumentHelp("Length of the lists.", valueName: "number"))
  var k = 100
}
