import ArgumentParser
import StageKit

/// Options that show the course of a training, and change nothing of its outcome.
struct LookOptions: OutsideTheKey {
  @Flag(help: "Print one batch's scores before and after each correction.")
  var audit = false

  @Option(help: ArgumentHelp("Write losses, rates and validation there for TensorBoard.", valueName: "folder"))
  var tensorboard: String?
}
