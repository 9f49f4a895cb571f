import ArgumentParser
import ModelVersions
import Servable
import Serving

struct Publish: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish a servable in a folder of models as a version of one, the next unless a number is given.")

  @Argument(help: "The servable.")
  var file: String

  @Option(help: ArgumentHelp("The folder of models; made if missing.", valueName: "folder"))
  var models: String

  @Option(help: "The model's name.")
  var name: String

  @Option(help: ArgumentHelp("A number that is not in use; the next if not given.", valueName: "number"))
  var version: Int?

  func run() throws {
    do {
      let number = try Publication.publish(file, models: models, name: try ModelName(name), version: version)
      print("\(models)/\(name)/\(number)")
    } catch {
      LogFile.complain("serve: \(error)")
      throw ExitCode(1)
    }
  }
}
