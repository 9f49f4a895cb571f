import Artifacts
import CanonicalJSON

/// A weighted sum over the newest part of a history, which is in order, the newest last: with weights `decay^k` for the
/// candidate that k others came after, or with `1 / √n` for each of the n candidates that it reads.
package struct HistoryBag: Sendable, Equatable {
  /// The weight of a choice relative to the next one, above 0 and at most 1; `nil` where all weigh alike, by the
  /// square root of their number.
  package var decay: Float?
  /// The number of newest candidates that it reads, at least 1.
  package var last: Int

  package init(decay: Float?, last: Int) {
    self.decay = decay
    self.last = last
  }

  /// The newest candidate alone.
  package static let newest = HistoryBag(decay: 1, last: 1)

  /// The weight of each candidate of a history of `count`, from the newest on back.
  func weights(count: Int) -> [Float] {
    let length = min(count, last)
    guard let decay else { return [Float](repeating: 1 / Float(max(length, 1)).squareRoot(), count: length) }
    var weight: Float = 1
    return (0..<length).map { _ in
      defer { weight *= decay }
      return weight
    }
  }

  var json: JSON {
    var fields: [String: JSON] = ["last": JSON(last)]
    fields["decay"] = decay.map { JSON($0) }
    return .object(fields)
  }

  init(_ json: JSON) throws {
    guard let last = json["last"]?.integer, last > 0 else { throw ArtifactError.incompleteRecipe }
    let decay = json["decay"]?.number.map { Float($0) }
    if let decay, !(decay > 0 && decay <= 1) { throw ArtifactError.incompleteRecipe }
    self.init(decay: decay, last: last)
  }
}
