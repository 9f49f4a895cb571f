import Artifacts

/// A value for a param from the command line: `stage.param=value`.
package struct Override: Sendable {
  package let stage: String
  package let param: String
  package let value: YAMLNode
  let option: String

  package init(_ text: String) throws(InvalidPipeline) {
    option = "--set \(text)"
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let names = halves.first?.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false) ?? []
    guard halves.count == 2, names.count == 2, !names[0].isEmpty, !names[1].isEmpty else {
      throw InvalidPipeline(
        path: "", text: "", diagnostics: [Diagnostic(.option(option), "write it as --set STAGE.PARAM=VALUE")])
    }
    stage = String(names[0])
    param = String(names[1])
    do { value = try YAMLReader.value(String(halves[1]), option: option) } catch {
      throw InvalidPipeline(
        path: "", text: "", diagnostics: [Diagnostic(.option(option), error.message)])
    }
  }
}
