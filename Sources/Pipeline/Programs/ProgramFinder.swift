import Artifacts
import Glibc
import SystemFiles

/// Finds the program of each stage.
package struct ProgramFinder {
  package let folder: ProgramFolder
  /// The pipeline file's own folder.
  let pipelineFolder: String
  let digests: KnownDigests

  package init(folder: ProgramFolder, pipelineFolder: String, digests: KnownDigests) {
    self.folder = folder
    self.pipelineFolder = pipelineFolder
    self.digests = digests
  }

  /// The folder of an installed runner's stages, if this one is installed.
  package static func installed(beside runner: String) -> String? {
    let folder = "\(Files.folder(of: Files.folder(of: runner)))/libexec/tandem"
    return Files.isFolder(folder) ? folder : nil
  }

  /// The file that this process runs.
  package static var runner: String { Files.linkTarget("/proc/self/exe") ?? CommandLine.arguments[0] }

  package func find(_ stage: StageDefinition) throws -> Result<Program, Diagnostic> {
    let program = stage.program
    if program.value.contains("/") {
      let path = Files.path(program.value, in: pipelineFolder)
      guard Files.exists(path) else { return .failure(Diagnostic(program.place, "no program at \(path)")) }
      guard Host.isExecutable(path) else {
        return .failure(Diagnostic(program.place, "\(path) is not an executable file; chmod +x may be missing"))
      }
      for dependency in stage.depends where !Files.exists(Files.path(dependency.value, in: pipelineFolder)) {
        return .failure(Diagnostic(dependency.place, "no file \"\(dependency.value)\""))
      }
      return .success(
        try Program.foreign(
          path: path, depends: stage.depends.map(\.value), folder: pipelineFolder, digests: digests))
    }
    if let depends = stage.depends.first {
      return .failure(Diagnostic(depends.place, "\"depends\" is for programs of your own, named by a path"))
    }
    guard PipelineReader.isName(program.value), let found = try folder.program(program.value, digests: digests) else {
      return .failure(
        Diagnostic(
          program.place,
          "no program \"\(program.value)\" in \(folder.path)\(suggestion(for: program.value, among: folder.names)); "
            + "a program of your own is named by a path, such as ./\(program.value)"))
    }
    return .success(found)
  }
}
