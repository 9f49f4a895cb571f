import Artifacts
import Servable

/// The reasons why a model is not exported.
enum ServeExportError: Error, CustomStringConvertible {
  case failedVerdict(String)
  case otherModel(judged: String, exported: Digest)
  case form(String, isListed: Bool)
  case histories(form: String)
  case features(form: String, named: [String])

  var description: String {
    switch self {
    case .failedVerdict(let statement):
      "the model is not worth serving: \(statement); train a better one, or go on with on-failed-verdict warn"
    case .form(let name, let isListed):
      isListed
        ? "forms has \(name), and nothing says where it goes; give --output \(name)=FILE"
        : "--output \(name) is given, and forms lacks \(name); add it there"
    case .histories(let form):
      "forms has \(form), which cannot read histories, by which a next-item model answers; leave it out, and serve the "
        + "native form"
    case .features(let form, let names):
      "forms has \(form), which cannot read features by which the model answers "
        + "(\(names.joined(separator: "; "))): words, hashed values, more than \(FeatureInputs.mostValues) of them, and a column read both "
        + "as numbers and as texts; leave \(form) out, and serve the native form"
    case .otherModel(let judged, let exported):
      "the verdict is about model \(judged.prefix(12)), and this is \(exported.hexadecimal.prefix(12)); evaluate the "
        + "model that is exported, or export its refit"
    }
  }
}
