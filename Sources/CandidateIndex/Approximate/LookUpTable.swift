import Kernels

/// What each codeword adds to the score of a query, in one byte: `score ≈ leaf + base + step · sum`.
///
/// The least entry of each subspace is taken out into the base, and one step serves all (as FAISS' fast scan).
struct LookUpTable {
  let base: Float
  let step: Float

  /// - Parameters:
  ///   - query: `quantizer.dimension` finite floats in the space of the index.
  ///   - room: for 16 floats a subspace.
  ///   - entries: 16 bytes a subspace.
  init(
    _ query: UnsafePointer<Float>, _ quantizer: ProductQuantizer, room: UnsafeMutablePointer<Float>,
    entries: UnsafeMutablePointer<UInt8>
  ) {
    (base, step) = fillLookUpTable(
      query, codebooks: quantizer.codebooks.pointer, starts: quantizer.starts, greatest: quantizer.greatestEntry,
      room: room, entries: entries)
  }
}
