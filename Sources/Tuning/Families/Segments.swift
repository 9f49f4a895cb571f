import CanonicalJSON

/// The segments of histories that families try on data with times.
enum Segments {
  static let param = "segment-length"
  static let start: JSON = 60

  static func length(_ coordinate: Double) -> JSON { Axis.choice(coordinate, [0, 30, 60, 120]) }
}
