import ArgumentParser
import StageKit
import TwoTower

extension Schedule.Shape: ChoiceParam {}

enum OptimizerName: String, ChoiceParam {
  case sgd, adagrad
  case rowwiseAdagrad = "rowwise-adagrad"
  case adam, adamw

  var kind: Optimizer.Kind { self == .adamw ? .adam : Optimizer.Kind(rawValue: rawValue) ?? .adagrad }
}

/// Options of the optimizer and its learning rate.
struct OptimizationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Optimizer of the embeddings.", valueName: "name"))
  var optimizer = OptimizerName.adagrad

  @Option(help: ArgumentHelp("Learning rate.", valueName: "number"))
  var learningRate = 0.1

  @Option(help: ArgumentHelp("Schedule of the learning rate after the warm-up.", valueName: "shape"))
  var schedule = Schedule.Shape.constant

  @Option(help: ArgumentHelp("Steps in which the learning rate rises from 0.", valueName: "steps"))
  var warmUp = 0

  @Option(help: ArgumentHelp("Penalty on squared embeddings, added to their gradients.", valueName: "number"))
  var l2 = 0.0

  @Option(help: ArgumentHelp("Multiply the penalty with how often a batch has the row.", valueName: "boolean"))
  var l2ByFrequency = false

  @Option(
    help: ArgumentHelp("Shrink rows by the learning rate times this before a step; adamw: 0.004.", valueName: "number"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("Greatest length of all gradients together; no limit if not given.", valueName: "number"))
  var clipNorm: Double?

  func validate() throws {
    guard learningRate > 0 else { throw ValidationError("--learning-rate is \(learningRate); give a number above 0") }
    guard warmUp >= 0 else { throw ValidationError("--warm-up is \(warmUp); give 0 or more steps") }
    guard l2 >= 0 else { throw ValidationError("--l2 is \(l2); give 0 or more") }
    if let weightDecay, weightDecay < 0 { throw ValidationError("--weight-decay is \(weightDecay); give 0 or more") }
    if let clipNorm, clipNorm <= 0 { throw ValidationError("--clip-norm is \(clipNorm); give a number above 0") }
  }

  func apply(to settings: inout Trainer.Settings) {
    settings.optimizer = optimizer.kind
    settings.learningRate = Float(learningRate)
    settings.schedule = schedule
    settings.warmUp = warmUp
    settings.regularization = Regularization(strength: Float(l2), byFrequency: l2ByFrequency)
    settings.weightDecay = Float(weightDecay ?? (optimizer == .adamw ? 0.004 : 0))
    settings.clipNorm = clipNorm.map { Float($0) }
  }
}
