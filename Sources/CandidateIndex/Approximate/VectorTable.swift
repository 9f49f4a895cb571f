import Artifacts
import Kernels

/// Candidates' vectors in the order of their places, rows of `dimension` floats on end.
struct VectorTable: Sendable {
  let values: Storage<Float>
  let dimension: Int

  init<Source: VectorSource>(_ source: Source, in leaves: Leaves, threads: Int) throws(Source.Failure) {
    let floats = AlignedFloats(uninitialised: leaves.count * source.dimension)
    try Window(places: 0..<leaves.count, floats: floats).fill(from: source, leaves, threads: threads)
    values = Storage(UnsafeBufferPointer(start: floats.pointer, count: floats.count), owner: floats)
    dimension = source.dimension
  }

  init(values: Storage<Float>, dimension: Int) {
    self.values = values
    self.dimension = dimension
  }

  /// Writes the section of a table that is never in memory as a whole: window after window of places, each filled in one
  /// reading of the source.
  ///
  /// - Parameter window: bytes.
  static func write(
    _ source: some VectorSource, in leaves: Leaves, window: Int, threads: Int, to writer: ArtifactWriter
  ) throws {
    let dimension = source.dimension
    let size = min(max(window / (4 * dimension), 1), max(leaves.count, 1))
    try writer.add("vectors", type: .f32, shape: [leaves.count, dimension], codec: .raw) { put in
      let floats = AlignedFloats(uninitialised: size * dimension)
      for first in stride(from: 0, to: leaves.count, by: size) {
        let window = Window(places: first..<min(first + size, leaves.count), floats: floats)
        try window.fill(from: source, leaves, threads: threads)
        try put(UnsafeRawBufferPointer(start: floats.pointer, count: 4 * window.places.count * dimension))
      }
    }
  }

  /// Rows of some places.
  private struct Window {
    let places: Range<Int>
    let floats: AlignedFloats

    func fill<Source: VectorSource>(
      from source: Source, _ leaves: Leaves, threads: Int
    ) throws(Source.Failure) {
      let dimension = source.dimension
      var blocks = try source.blocks()
      while let block = try blocks.next() {
        let parts = block.parts(of: 4096)
        parallel(blocks: parts.count, threads: threads) { part in
          for candidate in parts[part].numbers {
            let place = Int(leaves.places[candidate])
            guard places.contains(place) else { continue }
            (floats.pointer + (place - places.lowerBound) * dimension).update(
              from: block.pointer(number: candidate), count: dimension)
          }
        }
      }
    }
  }
}
