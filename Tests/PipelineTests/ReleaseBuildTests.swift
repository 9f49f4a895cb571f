import Testing

@testable import Pipeline

@Suite("A build of the stages")
struct ReleaseBuildTests {
  @Test("that fails shows the last line even without a line break")
  func lastLine() throws {
    let workshop = try Workshop()
    try workshop.write("", to: "Package.swift")
    try workshop.write("", to: "Sources/train/main.swift")
    try workshop.write("", to: ".build/log")
    try workshop.write(
      """
      #!/bin/sh
      if [ "$1" = package ]; then echo '{}'; exit 0; fi
      printf 'Compiling\\nerror: no such module'
      exit 1
      """, to: "swift", executable: true)
    let build = ReleaseBuild(root: workshop.folder, swift: "\(workshop.folder)/swift")
    let error = #expect(throws: PipelineError.self) { try build.programs(signals: StopSignals()) { _ in } }
    guard case .buildFailed(_, let lines) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(lines == ["Compiling", "error: no such module"])
  }
}
